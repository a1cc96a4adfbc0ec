/** @file Numbers as people read them. */

/** What stands in the place of a ratio without a denominator. */
export const NONE = 'n/a';

/** Seconds: `0.4 s`, `18 s`, `2 min 05 s`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A rate above 0: `120`, `3.4`, `0.05`. */
export function rateText(perSecond: number): string {
  return perSecond >= 9.95 ? count(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));
}

/** A fraction as a percentage with one decimal: `98.4%`. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}

/** A ratio as a percentage; of nothing, there is none. */
export function percentOrNone(ratio: number | null): string {
  return ratio === null ? NONE : percent(ratio);
}

/** A ratio with three decimals; of nothing, there is none. */
export function decimalOrNone(ratio: number | null): string {
  return ratio === null ? NONE : ratio.toFixed(3);
}

/** An interval of fractions: `[97.2, 99.8]`, in percent. */
export function percentInterval([low, high]: readonly [number, number]): string {
  return `[${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]`;
}

/** An interval of values: `[0.2, 0.4]`. */
export function valueInterval([low, high]: readonly [number, number]): string {
  return `[${short(low)}, ${short(high)}]`;
}

/** A value whose unit is not known, with 4 digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `1,200` */
export function count(number: number): string {
  return number.toLocaleString('en');
}

/** `1 epoch`, `1,200 images`. */
export function formatCount(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** A metric by its name: `98.4%` of accuracies and their like, `0.0841` of losses. */
export function metricText(name: string, value: number): string {
  if (/accuracy|precision|recall|top_k/.test(name)) return percent(value);
  if (/f1|auc/.test(name)) return value.toFixed(3);
  return name.endsWith('loss') && value < 1000 ? value.toFixed(4) : short(value);
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
