/** @file Numbers as people read them. */

const whole = new Intl.NumberFormat('en');

export function count(number: number): string {
  return whole.format(number);
}

/** `3 images`. */
export function formatCount(number: number, noun: string): string {
  return `${count(number)} ${number === 1 ? noun : noun.endsWith('s') ? `${noun}es` : `${noun}s`}`;
}

/** `98.4%`. */
export function percent(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined) return '–';
  return `${(fraction * 100).toFixed(1)}%`;
}

/** `95% CI [97.2, 99.8]`. */
export function interval(range: readonly [number, number] | null | undefined): string {
  if (range === null || range === undefined) return '';
  return `95% CI [${range.map((end) => (end * 100).toFixed(1)).join(', ')}]`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function bytes(number: number): string {
  return number < 1e6 ? `${Math.max(1, Math.round(number / 1e3))} kB` : `${(number / 1e6).toFixed(1)} MB`;
}

/** The first letter large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A difference of two fractions: `+1.2 points`. */
export function signedPoints(difference: number): string {
  const points = (difference * 100).toFixed(1);
  return `${difference > 0 && points !== '0.0' ? '+' : ''}${points.replace(/^-(?=0\.0$)/, '').replace('-', '−')} points`;
}
