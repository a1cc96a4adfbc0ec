/** @file Images by their part in a training. */

import type { Sample } from '../examples/sample.ts';
import type { FeatureSet } from './feature-set.ts';

export interface SampleSets {
  readonly train: readonly Sample[];
  readonly validation?: readonly Sample[] | undefined;
  /** Images that no decision of the training looks at. */
  readonly test?: readonly Sample[] | undefined;
}

export type SetName = keyof SampleSets;

export const SET_NAMES: readonly SetName[] = ['train', 'validation', 'test'];

/**
 * Features that were extracted before, for several trainings.
 *
 * @param view - Which view of the images; undefined for the images as they are.
 */
export type ExtractedSets = (name: SetName, view: number | undefined) => Promise<FeatureSet>;
