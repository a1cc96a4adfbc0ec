/** @file What the rest of Graft knows of an image: where it lies, and what it is of. */

import type { Example, SkippedExample } from './example.ts';
import type { ImageContent } from './image-content.ts';

/** One labeled image. */
export interface Sample extends Example {
  /** Absolute path; of an image in memory what it is called. */
  readonly file: string;
  /** The image, where it lies in memory; it stays as it is. Else it is read from the file. */
  readonly content?: ImageContent | undefined;
}

/** A file that was left out, with a short, stable reason: `empty file`, `truncated`, `broken link`. */
export type SkippedFile = SkippedExample;

/** The labels that some images have. */
export function collectLabels(samples: readonly Sample[]): Set<number> {
  const labels = new Set<number>();
  for (const { label } of samples) labels.add(label);
  return labels;
}

const collator = new Intl.Collator('en', { numeric: true });

/**
 * Natural order: alphabetical, except that digits compare as numbers (`img2` before `img10`).
 * Names that the collator holds for equal fall back to code units, so that the order is total.
 */
export function compareNaturally(a: string, b: string): number {
  return collator.compare(a, b) || compareCodeUnits(a, b);
}

/** The order of JavaScript's `<` on strings: the same on every machine, whatever its ICU data. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
