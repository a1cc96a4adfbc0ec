/** @file Examples by their part in a training. */

import type { Example } from '../examples/example.ts';
import type { FeatureSet } from './feature-set.ts';

export interface SampleSets {
  readonly train: readonly Example[];
  readonly validation?: readonly Example[] | undefined;
  /** Examples that no decision of the training looks at. */
  readonly test?: readonly Example[] | undefined;
}

export type SetName = keyof SampleSets;

export const SET_NAMES: readonly SetName[] = ['train', 'validation', 'test'];

/**
 * Features that were extracted before, for several trainings.
 *
 * @param view - Which view of the examples; undefined for the examples as they are.
 */
export type ExtractedSets = (name: SetName, view: number | undefined) => Promise<FeatureSet>;
