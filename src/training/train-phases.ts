/** @file Trains a classifier phase after phase, each from the best weights so far. */

import type { SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { FrozenGraph } from '../models/picture-graph.ts';
import { earlyStopping } from './callbacks/early-stopping.ts';
import { Monitor } from './callbacks/monitor.ts';
import type { ClassifierModel, ClassifierOptions } from './classifier-options.ts';
import type { PrecisionComparison } from './frozen-part.ts';
import type { EpochRecord, History } from './history.ts';
import type { Judgement } from './judge.ts';
import { batchOptionsOf, phaseTrainer, scheduleOf } from './phase-trainer.ts';
import { phasesOf } from './phases.ts';
import type { PictureSets } from './picture-sets.ts';
import type { PictureTrainer, SetName, TrainOptions } from './picture-trainer.ts';
import { preflight } from './preflight/preflight.ts';
import type { Recipe } from './recipe.ts';
import type { Checkpoint, EarlierPhases } from './run-checkpoints.ts';
import type { FiguresOf, Task } from './task.ts';

/** What all phases together came to. */
export interface TrainedPhases<T extends Task = 'single-label'> {
  readonly history: History;
  /** The epoch whose weights were kept, counted over all phases. */
  readonly bestEpoch: number;
  readonly train: FiguresOf[T];
  readonly validation: FiguresOf[T];
  /** Of every readable validation picture, in their order, whether its class is right: 1 or 0. */
  readonly right: Uint8Array;
  readonly test: FiguresOf[T] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly seconds: { readonly features: number; readonly training: number };
  /** Pictures whose features were had, computed or from the cache. */
  readonly imagesPerSecond: number;
  /** Only with a frozen part in int8. */
  readonly int8?: {
    readonly frozen: FrozenGraph;
    /** Undefined where there are no classes to be right about. */
    readonly comparison: PrecisionComparison | undefined;
  };
  /** Pictures, or views of them, that went through the frozen part; the others were known. */
  readonly features: { readonly computed: number; readonly known: number };
}

/**
 * Trains the model's layers in place, and measures the result.
 *
 * @throws {GraftError} See `trainClassifier`.
 */
export async function trainPhases<T extends Task>(
  classifier: ClassifierModel,
  pictures: PictureSets<T>,
  options: ClassifierOptions,
): Promise<TrainedPhases<T>> {
  const { recipe } = classifier;
  const { checkpoints } = options;
  const phases = phasesOf(recipe);
  const totals = { seconds: 0, featureSeconds: 0, pictures: 0, computed: 0 };
  const skipped = new Map<string, SkippedFile>();
  let identity = '';
  let resumed: Checkpoint | undefined;
  let reached: Reached = { records: [], bestEpoch: 0, bestValue: undefined, ended: 'epochs' };
  for (const [index, phase] of phases.entries()) {
    const trainer = phaseTrainer(classifier, phase, pictures, options);
    try {
      if (index === 0) await options.onPreflight?.(await preflight(classifier, pictures, options, trainer));
      await trainer.extract();
      if (index === 0 && checkpoints !== undefined) {
        identity = trainer.identity({ recipe });
        resumed = await checkpoints.resume(identity);
      }
      const started = performance.now();
      const before = trainer.throughput.seconds;
      if (resumed === undefined || index >= resumed.phase) {
        const going = resumed?.phase === index ? resumed : undefined;
        const earlier: EarlierPhases = going?.earlier ?? reached;
        reached = await trainPhase(trainer, phase, earlier, options, {
          ...(going && { resume: going.fit }),
          ...(checkpoints && {
            checkpoints: {
              isDue: (atEpochEnd) => checkpoints.isDue(atEpochEnd),
              save: (fit) => checkpoints.save(identity, { phase: index, earlier, fit }),
            },
          }),
        });
      }
      totals.seconds += (performance.now() - started) / 1000 - (trainer.throughput.seconds - before);
      const isLast = index === phases.length - 1 || reached.ended === 'interrupted';
      const figures = isLast && reached.bestEpoch > 0 ? await figuresOf(trainer, pictures) : undefined;
      for (const file of [...pictures.skipped, ...trainer.skipped]) skipped.set(file.file, file);
      totals.featureSeconds += trainer.throughput.seconds;
      totals.pictures += trainer.throughput.pictures;
      totals.computed += trainer.throughput.computed;
      if (!isLast) continue;
      if (figures === undefined) throw nothingLearnt();
      const int8 = phase.precision === 'int8' ? await int8Of(trainer, phase) : undefined;
      trainer.foldScale(classifier.model.output.layer);
      return {
        ...figures,
        ...(int8 && { int8 }),
        history: { epochs: reached.records, ended: reached.ended },
        bestEpoch: reached.bestEpoch,
        skipped: [...skipped.values()],
        seconds: { features: totals.featureSeconds, training: totals.seconds },
        imagesPerSecond: totals.pictures / totals.featureSeconds,
        features: { computed: totals.computed, known: totals.pictures - totals.computed },
      };
    } finally {
      await trainer.dispose();
    }
  }
  throw new Error('a recipe has at least one phase');
}

async function int8Of(trainer: PictureTrainer, { task }: Recipe): Promise<TrainedPhases['int8']> {
  const { boundary } = trainer.part;
  const graph = await trainer.frozenGraph();
  const comparison = task === 'single-label' ? await trainer.compareWithFloat32() : undefined;
  return { frozen: { boundary, graph }, comparison };
}

/** What the phases so far came to. */
interface Reached extends EarlierPhases {
  readonly ended: History['ended'];
}

async function trainPhase(
  trainer: PictureTrainer,
  phase: Recipe,
  earlier: EarlierPhases,
  options: ClassifierOptions,
  state: Pick<TrainOptions, 'resume' | 'checkpoints'>,
): Promise<Reached> {
  const { monitor } = phase;
  const best = earlyStopping({
    monitor,
    patience: phase.patience ?? Number.POSITIVE_INFINITY,
    restoreBestWeights: true,
    ...(earlier.bestValue !== undefined && { startingValue: earlier.bestValue }),
  });
  const offset = earlier.records.length;
  const counted = (record: EpochRecord): EpochRecord => ({ ...record, epoch: record.epoch + offset });
  const { onStep, onEpoch, callbacks = [] } = options;
  const schedule = scheduleOf(phase, trainer.trainingPictures);
  const history = await trainer.train({
    epochs: phase.epochs,
    callbacks: [best, { onEpochEnd: (record) => onEpoch?.(counted(record)) }, ...callbacks],
    averages: phase.ema !== null,
    ...batchOptionsOf(trainer, phase),
    ...(schedule && { schedule }),
    ...(onStep && { onStep }),
    ...state,
  });
  const records = [...earlier.records, ...history.epochs.map(counted)];
  const { ended } = history;
  if (best.bestEpoch === 0) return { ...earlier, records, ended };
  const bestEpoch = best.bestEpoch + offset;
  const bestValue = new Monitor('recipe', { monitor }).valueOf(records[bestEpoch - 1]!);
  return { records, bestEpoch, bestValue, ended };
}

async function figuresOf<T extends Task>(
  trainer: PictureTrainer,
  { test }: PictureSets<T>,
): Promise<Pick<TrainedPhases<T>, 'train' | 'validation' | 'right' | 'test'>> {
  // The trainer has the pictures' task.
  const judge = (name: SetName): Promise<Judgement<T>> => trainer.judge(name) as Promise<Judgement<T>>;
  const { figures, right } = await judge('validation');
  return {
    train: (await judge('train')).figures,
    validation: figures,
    right,
    test: test && (await judge('test')).figures,
  };
}

function nothingLearnt(): GraftError {
  return new GraftError('interrupted', {
    where: 'training',
    expected: 'to reach the end of an epoch',
    received: 'an interruption',
    advice: 'Stopped before the first epoch ended: nothing was learnt yet.',
  });
}
