/** @file How the combinations of a sweep are trained and evaluated fold by fold. */

import { pooledMetrics } from '../../core/evaluation/classification-report.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { someRows } from '../../core/features/feature-set.ts';
import type { ExtractedSets, SampleSets } from '../../core/features/sample-sets.ts';
import type { Callback } from '../../core/fit/callbacks/callback.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { DEFAULT_TASK } from '../../recipe/task.ts';
import type { SweepCell } from '../../runs/sweep/sweep-plan.ts';
import { compareRows, type SweepRow } from '../../runs/sweep/sweep-ranking.ts';
import type {
  SweepTraining,
  SweepTrainingOptions,
  SweptClassifier,
} from '../../runs/sweep/sweep-training.ts';
import { type TrainedPhases, trainPhases } from '../../runs/train-phases.ts';
import type { FoldSets } from './fold-sets.ts';
import type { ImageSets } from './image-sets.ts';

/** Every image validates once; the best combination is trained again, on all images. */
export class FoldTraining implements SweepTraining {
  readonly sets: SampleSets;
  readonly #images: FoldSets;
  #unreadable: readonly SkippedFile[] = [];
  readonly #options: SweepTrainingOptions;
  #best: { cell: SweepCell; row: SweepRow } | undefined;

  constructor(images: FoldSets, options: SweepTrainingOptions) {
    this.sets = { train: images.pool, test: images.test };
    this.#images = images;
    this.#options = options;
  }

  onUnreadable(unreadable: readonly SkippedFile[]): void {
    this.#unreadable = unreadable;
  }

  get best(): SweepCell | undefined {
    return this.#best?.cell;
  }

  async train(cell: SweepCell, extracted: ExtractedSets): Promise<SweepRow | undefined> {
    const started = performance.now();
    const { recipe, parameters } = cell;
    const { folds } = this.#images;
    const pool = this.#readable(this.#images.pool);
    const right = new Uint8Array(pool.length);
    const parts: TrainedPhases[] = [];
    for (const fold of folds) {
      const own = new Set(fold);
      const rowsOf = (inside: boolean): Uint32Array =>
        Uint32Array.from(pool.flatMap((sample, row) => (own.has(sample) === inside ? row : [])));
      const rows = { train: rowsOf(false), validation: rowsOf(true), test: new Uint32Array(0) };
      const classifier = cell.grow(recipe);
      const part = await trainPhases(classifier, this.#setsOf(pool, rows), {
        ...this.#options,
        recipe,
        extracted: async (name, view) => someRows(await extracted('train', view), rows[name]),
        measuresConfidence: false,
      });
      if (part.history.ended === 'interrupted') return undefined;
      rows.validation.forEach((row, index) => {
        right[row] = part.right[index]!;
      });
      parts.push(part);
    }
    const row: SweepRow = {
      recipe,
      parameters,
      seconds: (performance.now() - started) / 1000,
      validation: pooledMetrics(parts.map(({ validation }) => validation)),
      right,
      folds: parts.map(({ validation }) => validation.accuracy),
      epochs: parts.reduce((sum, { history }) => sum + history.epochs.length, 0),
      bestEpoch: median(parts.map(({ bestEpoch }) => bestEpoch)),
    };
    if (this.#best === undefined || compareRows(row, this.#best.row) < 0) this.#best = { cell, row };
    return row;
  }

  /**
   * Trains on all images for as many epochs as were best in the folds: there is nothing left to validate on. The
   * metrics are the folds'.
   */
  async finish(extracted: ExtractedSets): Promise<SweptClassifier> {
    const { cell, row } = this.#best!;
    const { classNames, test } = this.#images;
    const pool = this.#readable(this.#images.pool);
    const all = Uint32Array.from(pool, (_, index) => index);
    const recipe = untilEpoch(cell.recipe, row.bestEpoch);
    const classifier = cell.grow(recipe);
    const images = this.#setsOf(pool, { train: all, validation: all });
    // An interruption of the folds must not end this one, which takes the time of a fold.
    const { signal: _, ...options } = this.#options;
    const trained = await trainPhases(
      classifier,
      { ...images, test },
      {
        ...options,
        recipe,
        callbacks: [endingAfter(row.bestEpoch)],
        keepsLastEpoch: true,
        // Validation images are those that it was trained on.
        measuresConfidence: false,
        extracted: (name, view) => (name === 'test' ? extracted(name, view) : extracted('train', view)),
      },
    );
    const { validation, right } = row;
    return { ...classifier, ...trained, validation, right, classNames, adapters: [] };
  }

  #readable(samples: readonly Sample[]): readonly Sample[] {
    const files = new Set(this.#unreadable.map(({ file }) => file));
    return samples.filter(({ file }) => !files.has(file));
  }

  #setsOf(
    pool: readonly Sample[],
    rows: { readonly train: Uint32Array; readonly validation: Uint32Array },
  ): ImageSets {
    const { classNames, folds, where } = this.#images;
    return {
      task: DEFAULT_TASK,
      classNames,
      train: Array.from(rows.train, (row) => pool[row]!),
      validation: Array.from(rows.validation, (row) => pool[row]!),
      test: undefined,
      skipped: [],
      warnings: [],
      validationSource: `${folds.length} folds`,
      where,
    };
  }
}

/** The recipe of a training without validation. A rate that changes does so as it did in the folds. */
function untilEpoch(recipe: Recipe, epochs: number): Recipe {
  return {
    ...recipe,
    patience: null,
    epochs: recipe.schedule === null ? epochs : recipe.epochs,
  };
}

function endingAfter(epochs: number): Callback {
  return {
    onEpochEnd(record, control) {
      if (record.epoch >= epochs) control.stop();
    },
  };
}

/** Of an even number, the larger of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
