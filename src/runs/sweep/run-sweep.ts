/** @file The work of a sweep: features of all feature layers in one pass, then every combination, then the ranking. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels, type Sample, type SkippedFile } from '../../core/examples/sample.ts';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import type { ExampleSets } from '../example-sets.ts';
import type { TrainedClassifier } from '../grow-classifier.ts';
import { countViews, SweepFeatures } from './sweep-features.ts';
import { planSweep, requireSweepable, type SweepCell, type SweepPlan } from './sweep-plan.ts';
import { type FailedRow, type Ranking, rank, type SweepRow } from './sweep-ranking.ts';
import type { SweepTraining, SweepTrainingOptions, SweptClassifier } from './sweep-training.ts';
import type { SweptNetworks } from './swept-networks.ts';

/** What one hears of the work of a sweep. */
export interface SweepWorkEvents {
  /** Before the long work; what it throws ends the sweep. */
  readonly onPlan?: ((plan: SweepPlan) => void | Promise<void>) | undefined;
  /** Examples, or views of them, that are done. */
  readonly onFeatures?: ((done: number, total: number) => void) | undefined;
  /** After every combination. @param best - The best so far. @param row - What it came to. */
  readonly onRow?:
    | ((done: number, total: number, best: SweepRow | undefined, row: SweepRow | FailedRow) => void)
    | undefined;
}

export interface SweepWorkOptions extends SweepTrainingOptions, SweepWorkEvents {
  readonly strict?: boolean | undefined;
}

/** What a sweep is about. */
export interface SweepWork {
  /** Of one backbone, see `sweepGrid`. */
  readonly requests: readonly RecipeRequest[];
  /** What heads grow from. */
  readonly networks: SweptNetworks;
  readonly examples: Pick<ExampleSets, 'classNames' | 'skipped' | 'where' | 'known'>;
  /** Those that some combination is trained on. */
  readonly trained: readonly Sample[];
  /** How the combinations are trained, on which of the examples. */
  readonly training: SweepTraining;
}

/** What a sweep found, and the best of it as a model. */
export interface SweepResult<B extends SweptClassifier = TrainedClassifier> extends Ranking {
  readonly failed: readonly FailedRow[];
  /** How many combinations were asked for. */
  readonly asked: number;
  readonly ended: 'complete' | 'interrupted';
  /** The best combination, trained: with folds on all images, and with their metrics as its validation. */
  readonly best: B;
  readonly skipped: readonly SkippedFile[];
  /** Images, or views of them, that went through the backbone; the others were known. */
  readonly features: { readonly computed: number; readonly known: number };
  readonly seconds: { readonly features: number; readonly training: number };
}

/**
 * Trains a head for every combination, on the same examples and from the same seed as a single training would.
 *
 * @throws {GraftError} `interrupted`, if the signal aborts before a combination is done; `not-a-number`, if none comes to
 *   anything; and what `planSweep` and `trainPhases` throw.
 */
export async function runSweep(
  { requests, networks, examples, trained, training }: SweepWork,
  options: SweepWorkOptions,
): Promise<SweepResult<SweptClassifier>> {
  const { folder, strict, runtime, signal, featureStores, onPlan, onFeatures } = options;
  const { classNames } = examples;
  const { sets } = training;
  for (const request of requests) requireSweepable(request);
  const [base] = requests as [RecipeRequest];
  const plan = planSweep(requests, {
    numClasses: classNames.length,
    networks,
    images: sets.train.length + (sets.validation?.length ?? 0) + (sets.test?.length ?? 0),
    trainingImages: sets.train.length,
    views: countViews(base),
    hasStores: featureStores !== undefined,
    runtime,
  });
  await onPlan?.(plan);
  const { images, modality, threads } = options;
  const features = new SweepFeatures(plan.featureLayers, sets, {
    images,
    modality,
    featureStores,
    runtime,
    threads,
    signal,
    numClasses: classNames.length,
    hashes: examples.known?.hashes,
    strict,
    onProgress: onFeatures,
  });
  try {
    await unlessInterrupted(signal, () => features.extract());
    const unreadable = features.skipped;
    training.onUnreadable?.(unreadable);
    requireReadable(examples.where ?? `image folder "${folder}"`, classNames, trained, unreadable);
    const started = performance.now();
    const { rows, failed } = await trainAll(plan.cells, training, features, options);
    const best = await training.finish(features.setsOf(training.best!.featureLayer));
    const skipped = [...examples.skipped, ...unreadable];
    const counts = { computed: features.computed, known: features.known };
    const seconds = { features: features.seconds, training: (performance.now() - started) / 1000 };
    return {
      ...rank(rows, base.seed),
      failed,
      asked: plan.cells.length,
      ended: rows.length + failed.length < plan.cells.length ? 'interrupted' : 'complete',
      best: { ...best, skipped, features: counts, seconds, trainedHashes: features.hashesOf('train').hashes },
      skipped,
      features: counts,
      seconds,
    };
  } finally {
    await features.dispose();
  }
}

/** Trains the combinations, feature layer by feature layer: the features of one at a time are held in memory. */
async function trainAll(
  cells: readonly SweepCell[],
  training: SweepTraining,
  features: SweepFeatures,
  { signal, onRow }: SweepWorkOptions,
): Promise<{ rows: SweepRow[]; failed: FailedRow[] }> {
  const rows: SweepRow[] = [];
  const failed: FailedRow[] = [];
  let best: SweepRow | undefined;
  let extracted = features.setsOf(cells[0]!.featureLayer);
  for (const [index, cell] of cells.entries()) {
    const before = cells[index - 1];
    if (before !== undefined && before.featureLayer !== cell.featureLayer) {
      extracted = features.setsOf(cell.featureLayer);
      if (training.best?.featureLayer !== before.featureLayer) features.release(before.featureLayer);
    }
    if (signal?.aborted) break;
    let ended: SweepRow | FailedRow | undefined;
    try {
      const row = await training.train(cell, extracted);
      if (row === undefined) break;
      rows.push(row);
      if (training.best === cell) best = row;
      ended = row;
    } catch (error) {
      if (signal?.aborted) break;
      if (!(error instanceof GraftError) || error.code !== 'not-a-number') throw error;
      ended = { recipe: cell.recipe, reason: error.message };
      failed.push(ended);
    }
    onRow?.(index + 1, cells.length, best, ended);
  }
  if (rows.length === 0) throw signal?.aborted ? nothingDone() : nothingLearnt(failed);
  return { rows, failed };
}

async function unlessInterrupted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted ? nothingDone() : error;
  }
}

function requireReadable(
  where: string,
  classNames: readonly string[],
  trained: readonly Sample[],
  unreadable: readonly SkippedFile[],
): void {
  const files = new Set(unreadable.map(({ file }) => file));
  const labels = collectLabels(trained.filter(({ file }) => !files.has(file)));
  requireEveryClass({ where, classNames, labels, unreadable });
}

function nothingDone(): GraftError {
  return new GraftError('interrupted', {
    where: 'sweep',
    expected: 'to finish at least 1 combination',
    received: 'an interruption',
    advice: 'Stopped before a combination was finished: there is nothing to keep yet.',
  });
}

function nothingLearnt(failed: readonly FailedRow[]): GraftError {
  return new GraftError('not-a-number', {
    where: 'sweep',
    expected: 'at least 1 combination that learns',
    // The reason is a whole sentence, and its end that of this one.
    received: `${failed.length} that failed; the first: ${(failed[0]?.reason ?? 'unknown').replace(/\.$/, '')}`,
    advice: 'Take lower learning rates.',
  });
}
