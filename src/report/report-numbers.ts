/** @file Numbers in a report, as people read them. */

import { sizeText } from '../core/errors/size-text.ts';

export function percent(fraction: number | null | undefined): string {
  return typeof fraction === 'number' && Number.isFinite(fraction)
    ? `${(fraction * 100).toFixed(1)}%`
    : 'n/a';
}

export function decimal(value: number | null | undefined, digits = 3): string {
  return typeof value === 'number' && Number.isFinite(value) ? value.toFixed(digits) : 'n/a';
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function formatCount(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function interval([low, high]: readonly [number, number]): string {
  return `95% CI ${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export { sizeText };
