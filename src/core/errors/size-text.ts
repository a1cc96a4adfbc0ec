/** @file Sizes of files and folders, as people read them. */

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

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
