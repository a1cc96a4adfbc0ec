/** @file What a search for a learning rate came to, as plain data. */

import type { LearningRateSearch } from '../core/fit/lr-find.ts';

/** The document of `graft lr-find --json`. */
export interface LearningRateReport extends LearningRateSearch {
  /** The file that the curve was drawn into; null for none. */
  readonly plot: string | null;
}
