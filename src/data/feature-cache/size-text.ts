/** @file Sizes of files and folders, as people write and read them. */

import { GraftError } from '../../errors/graft-error.ts';

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;
const LEAST_LIMIT_BYTES = 1e6;

/** How large the cache may become where nobody said otherwise. */
export const DEFAULT_LIMIT_BYTES = 10e9;

/** Bytes as people read them, in powers of 1,000: `512 bytes`, `1.5 GB`. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  // What would be shown as 1000.0 belongs to the next unit.
  while (unit < UNITS.length - 1 && amount >= (unit === 0 ? 1000 : 999.95)) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * Reads the cache's limit, from `GRAFT_CACHE_LIMIT`: a number and a unit, `20GB`, `1.5 TB`, in powers of 1,000.
 *
 * @param text - Undefined or empty: 10 GB.
 * @returns Bytes, at least 1 MB.
 * @throws {GraftError} `argument`.
 */
export function cacheLimit(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_LIMIT_BYTES;
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*$/i.exec(text) ?? [];
  const power = (UNITS as readonly string[]).indexOf(unit?.toUpperCase() ?? '');
  const bytes = Math.floor(Number(amount) * 1000 ** power);
  if (power < 0 || !Number.isSafeInteger(bytes) || bytes < LEAST_LIMIT_BYTES) {
    throw new GraftError('argument', {
      where: 'GRAFT_CACHE_LIMIT',
      expected: 'a size of at least 1MB, such as 20GB or 1.5TB',
      received: `"${text}"`,
      advice: 'Give a number and one of KB, MB, GB, TB.',
    });
  }
  return bytes;
}
