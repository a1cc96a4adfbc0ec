/** @file How the combinations of a sweep are trained and evaluated: on one split of the examples. */

import type { SkippedFile } from '../../core/examples/sample.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import type { ExtractedSets, SampleSets } from '../../core/features/sample-sets.ts';
import type { FitProgress } from '../../core/fit/fit-options.ts';
import type { ExampleSets } from '../example-sets.ts';
import type { TrainedClassifier } from '../grow-classifier.ts';
import type { TrainedTextClassifier } from '../grow-text-classifier.ts';
import type { ModalityOptions } from '../modality-of.ts';
import { trainPhases } from '../train-phases.ts';
import type { SweepCell } from './sweep-plan.ts';
import { compareRows, type SweepRow } from './sweep-ranking.ts';

/** The best of a sweep, trained. */
export type SweptClassifier = TrainedClassifier | TrainedTextClassifier;

export interface SweepTrainingOptions extends ModalityOptions {
  readonly folder: string;
  readonly featureStores?: FeatureStores | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((progress: FitProgress) => void) | undefined;
}

/** A way to train and to evaluate combinations. */
export interface SweepTraining {
  /** All images whose features are needed; views are drawn of `train`. */
  readonly sets: SampleSets;
  /** Hears, before the first combination, which examples could not be read. */
  onUnreadable?(unreadable: readonly SkippedFile[]): void;
  /** Trains a combination; undefined if it was interrupted. The best so far is remembered. */
  train(cell: SweepCell, extracted: ExtractedSets): Promise<SweepRow | undefined>;
  /** The combination that is the best so far. */
  readonly best: SweepCell | undefined;
  /**
   * A classifier by the best combination.
   *
   * @param extracted - The features at its feature layer.
   */
  finish(extracted: ExtractedSets): Promise<SweptClassifier>;
}

/** Trains on some images, evaluates on others. */
export class HoldOutTraining implements SweepTraining {
  readonly sets: SampleSets;
  readonly #images: ExampleSets;
  readonly #options: SweepTrainingOptions;
  #best: { cell: SweepCell; row: SweepRow; trained: SweptClassifier } | undefined;

  constructor(images: ExampleSets, options: SweepTrainingOptions) {
    const { train, validation, test } = images;
    this.sets = { train, validation, test };
    this.#images = images;
    this.#options = options;
  }

  get best(): SweepCell | undefined {
    return this.#best?.cell;
  }

  async train(cell: SweepCell, extracted: ExtractedSets): Promise<SweepRow | undefined> {
    const started = performance.now();
    const { recipe, parameters } = cell;
    const { classNames } = this.#images;
    const classifier = cell.grow(recipe);
    const isBest = (metrics: Pick<SweepRow, 'validation'>): boolean =>
      this.#best === undefined || compareRows(metrics, this.#best.row) < 0;
    const trained = await trainPhases(classifier, this.#images, {
      ...this.#options,
      recipe,
      extracted,
      measuresConfidence: (metrics) => isBest(metrics as Pick<SweepRow, 'validation'>),
    });
    if (trained.history.ended === 'interrupted') return undefined;
    const { validation, right, history, bestEpoch } = trained;
    const seconds = (performance.now() - started) / 1000;
    const epochs = history.epochs.length;
    const row = { recipe, parameters, seconds, validation, right, folds: undefined, epochs, bestEpoch };
    if (isBest(row)) {
      this.#best = { cell, row, trained: { ...classifier, ...trained, classNames, adapters: [] } };
    }
    return row;
  }

  async finish(): Promise<SweptClassifier> {
    return this.#best!.trained;
  }
}
