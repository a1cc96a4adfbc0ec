/** @file A text with what is to be learned of it. */

import type { Example } from '../../core/examples/example.ts';

/** One labeled text. */
export interface TextExample extends Example {
  readonly text: string;
  /** Where it stands, for messages: `reviews.csv, line 12`. */
  readonly place: string;
  /** What examples belong together: they stay on one side of a split. */
  readonly group?: string | undefined;
}
