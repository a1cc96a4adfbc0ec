/** @file Trains a classifier phase after phase, each from the best weights so far. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { SkippedFile } from '../core/examples/sample.ts';
import type { PrecisionComparison } from '../core/features/compare-precision.ts';
import { SET_NAMES, type SetName } from '../core/features/sample-sets.ts';
import type { TrainingFeatures } from '../core/features/training-features.ts';
import { countedFrom } from '../core/fit/callbacks/counted-from.ts';
import { earlyStopping } from '../core/fit/callbacks/early-stopping.ts';
import { keepLastEpoch } from '../core/fit/callbacks/keep-last-epoch.ts';
import { Monitor } from '../core/fit/callbacks/monitor.ts';
import type { EpochRecord, History } from '../core/fit/history.ts';
import type { Checkpoint, EarlierPhases } from '../core/fit/run-checkpoints.ts';
import type { SymbolicTensor } from '../core/layers/symbolic-tensor.ts';
import { listPhases } from '../recipe/phases.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { learnedBy } from '../recipe/recipe-paths.ts';
import type { DefaultTask, ReportOf, Task } from '../recipe/task.ts';
import type { DecisionOptions } from '../recipe/tasks/task-definition.ts';
import type { FrozenGraph } from '../vision/preprocessing/image-graph.ts';
import type { TrainableModel, TrainingOptions } from './classifier-options.ts';
import type { Confidence, HeldOutOutputs } from './confidence/confidence.ts';
import type { ConfidenceOptions } from './confidence/confidence-options.ts';
import { explainHeldOut } from './confidence/explain-held-out.ts';
import {
  completeConfidence,
  mapThresholds,
  measureOutputs,
  requireThresholdClass,
} from './confidence/measure-confidence.ts';
import { estimate } from './estimate/estimate.ts';
import type { SetEvaluation } from './evaluate-set.ts';
import type { ExampleSets } from './example-sets.ts';
import { findSolver } from './linear-solver.ts';
import { type PhaseResult, phaseResults } from './phase-results.ts';
import { beginPhase, createBatchOptions, phaseTrainer, resolveSchedule } from './phase-trainer.ts';
import type { Trainer } from './trainer.ts';
import type { TrainOptions } from './trainer-options.ts';

/** What all phases together came to. */
export interface TrainedPhases<T extends Task = DefaultTask> {
  readonly history: History;
  /** The epoch whose weights were kept, counted over all phases. */
  readonly bestEpoch: number;
  /** What each phase came to, where there are several; else none. */
  readonly phases: readonly PhaseResult[];
  readonly train: ReportOf[T];
  readonly validation: ReportOf[T];
  /** Of every readable validation image, in their order, whether its class is right: 1 or 0. */
  readonly right: Uint8Array;
  readonly test: ReportOf[T] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly seconds: { readonly features: number; readonly training: number };
  /** How sure it is. Undefined where it was not measured: in a sweep. */
  readonly confidence?: Confidence | undefined;
  /** Likewise. */
  readonly heldOut?: HeldOutOutputs | undefined;
  /** Images whose features were had, computed or from the cache. */
  readonly imagesPerSecond: number;
  /** Only with a frozen part in int8. */
  readonly int8?:
    | {
        readonly frozen: FrozenGraph;
        /** Undefined where there are no classes to be right about. */
        readonly comparison: PrecisionComparison | undefined;
      }
    | undefined;
  /** SHA-256 of the files of the training images, `[N, 32]`; zeros for those that could not be read. */
  readonly trainedHashes: Uint8Array;
  /** Images, or views of them, that went through the frozen part; the others were known. */
  readonly features: { readonly computed: number; readonly known: number };
}

/**
 * Trains the model's layers in place, and measures the result.
 *
 * @throws {GraftError} See `trainClassifier`.
 */
export async function trainPhases<T extends Task>(
  classifier: TrainableModel,
  images: ExampleSets<T>,
  options: TrainingOptions,
): Promise<TrainedPhases<T>> {
  const run = new PhasedRun(classifier, images, options);
  try {
    return await run.train();
  } finally {
    await run.dispose();
  }
}

/** What the phases so far came to. */
interface Reached extends EarlierPhases {
  readonly ended: History['ended'];
}

class PhasedRun<T extends Task> {
  readonly #classifier: TrainableModel;
  readonly #images: ExampleSets<T>;
  readonly #options: TrainingOptions;
  /** All whose work counts, in order. */
  readonly #features = new Set<TrainingFeatures>();
  #reached: Reached = { records: [], bestEpoch: 0, bestValue: undefined, ended: 'epochs' };
  #trainingSeconds = 0;
  /** Of the last phase that trained. */
  #trainer: Trainer | undefined;

  constructor(classifier: TrainableModel, images: ExampleSets<T>, options: TrainingOptions) {
    this.#classifier = classifier;
    this.#images = images;
    this.#options = options;
  }

  async train(): Promise<TrainedPhases<T>> {
    const { checkpoints, onPreflight, onPhase, signal } = this.#options;
    const { recipe } = this.#classifier;
    requireThresholdClass(recipe, this.#images.classNames);
    let identity: (() => string) | undefined;
    let resumed: Checkpoint | undefined;
    const phases = listPhases(recipe);
    for (const [index, phase] of phases.entries()) {
      if (resumed !== undefined && index < resumed.phase) continue;
      const trainer = this.#trainerOf(phase);
      try {
        if (index === 0) {
          await onPreflight?.(await estimate(this.#classifier, this.#images, this.#options, trainer));
          if (checkpoints?.resumes) {
            await trainer.features.hash(SET_NAMES, signal);
            const known = trainer.features.identity({ recipe: learnedBy(recipe) });
            identity = () => known;
            resumed = await checkpoints.resume(known);
            if (resumed !== undefined) requireWithin(resumed, phases);
            if (resumed !== undefined && resumed.phase > 0) {
              // Its layers' first weights are part of what the run is known by.
              await trainer.dispose();
              continue;
            }
          }
        }
        onPhase?.(index, phase, trainer.featuresToExtract);
        await trainer.extract();
      } catch (error) {
        await trainer.dispose(this.#trainer);
        // What the phases before have reached is not lost.
        if (!isInterruption(error) || this.#reached.bestEpoch === 0) throw error;
        this.#reached = { ...this.#reached, ended: 'interrupted' };
        break;
      }
      await this.#trainer?.dispose(trainer);
      this.#trainer = trainer;
      this.#features.add(trainer.features);
      identity ??= checkpoints && identityOf(trainer, recipe);
      const going = resumed?.phase === index ? resumed : undefined;
      const earlier: EarlierPhases = going?.earlier ?? this.#reached;
      const before = trainer.features.throughput.seconds;
      const started = performance.now();
      const number = phases.length > 1 ? index + 1 : undefined;
      this.#reached = await trainPhase(trainer, phase, number, earlier, this.#options, {
        resume: going?.fit,
        checkpoints: checkpoints && {
          isDue: (atEpochEnd) => checkpoints.isDue(atEpochEnd),
          save: (fit) => checkpoints.save(identity!(), { phase: index, earlier, fit }),
        },
      });
      const inFeatures = trainer.features.throughput.seconds - before;
      this.#trainingSeconds += (performance.now() - started) / 1000 - inFeatures;
      if (this.#reached.ended === 'interrupted') break;
    }
    return this.#result();
  }

  #confidenceOptions(): ConfidenceOptions {
    const { classNames, test } = this.#images;
    const classifier = this.#classifier;
    return { classifier, recipe: classifier.recipe, classNames, hasTest: test !== undefined };
  }

  dispose(): Promise<void> {
    return this.#trainer?.dispose() ?? Promise.resolve();
  }

  #trainerOf(phase: Recipe): Trainer {
    beginPhase(this.#classifier, phase);
    return phaseTrainer(this.#classifier, phase, this.#images, this.#options, this.#trainer);
  }

  async #result(): Promise<TrainedPhases<T>> {
    const trainer = this.#trainer;
    const { records, bestEpoch, ended } = this.#reached;
    if (trainer === undefined || bestEpoch === 0) throw nothingLearnt();
    const { measuresConfidence = true } = this.#options;
    const about = this.#confidenceOptions();
    const outputs = measuresConfidence === false ? undefined : await measureOutputs(trainer, about);
    const metrics = await metricsOf(trainer, this.#images, {
      temperature: outputs?.calibration?.temperature,
      thresholds: mapThresholds(outputs?.decision),
    });
    const isKept =
      measuresConfidence === true || (measuresConfidence !== false && measuresConfidence(metrics));
    // Before what else is measured: it takes memory that the network, which is asked here for the last time, gives free.
    const explained =
      outputs && isKept && ended !== 'interrupted'
        ? await explainHeldOut(trainer, outputs, { ...this.#options, ...about })
        : outputs;
    const measured = explained && isKept ? await completeConfidence(trainer, explained, about) : undefined;
    const int8 = this.#classifier.recipe.precision === 'int8' ? await int8Of(trainer) : undefined;
    trainer.foldScale(this.#classifier.model.output.layer);
    const all = [...this.#features];
    const sum = (of: (throughput: TrainingFeatures['throughput']) => number): number =>
      all.reduce((total, { throughput }) => total + of(throughput), 0);
    const [seconds, count, computed] = [
      sum((each) => each.seconds),
      sum((each) => each.examples),
      sum((each) => each.computed),
    ];
    const skipped = [...this.#images.skipped, ...all.flatMap((features) => features.skipped)];
    return {
      ...metrics,
      confidence: measured?.confidence,
      heldOut: measured?.heldOut,
      int8,
      history: { epochs: records, ended },
      bestEpoch,
      phases: phaseResults(records, this.#classifier.recipe.monitor, bestEpoch),
      skipped: [...new Map(skipped.map((file) => [file.file, file])).values()],
      seconds: { features: seconds, training: this.#trainingSeconds },
      imagesPerSecond: seconds === 0 ? 0 : count / seconds,
      trainedHashes: trainer.features.hashesOf('train').hashes,
      features: { computed, known: count - computed },
    };
  }
}

/** A checkpoint that says what no training can come to would end the run without a result, or with a wrong one. */
function requireWithin({ phase, fit }: Checkpoint, phases: readonly Recipe[]): void {
  const { epoch, records, learningRate } = fit;
  const { epochs = 0 } = phases[phase] ?? {};
  const faults: readonly (readonly [isFault: boolean, received: string])[] = [
    [epochs === 0, `phase ${phase} of ${phases.length}, counted from 0`],
    [!Number.isInteger(epoch) || epoch < 1 || epoch > epochs, `epoch ${epoch} of ${epochs}`],
    [records.length !== epoch - 1, `${records.length} epochs of history before epoch ${epoch}`],
    [!(learningRate >= 0 && Number.isFinite(learningRate)), `a learning rate of ${learningRate}`],
  ];
  const received = faults.find(([isFault]) => isFault)?.[1];
  if (received === undefined) return;
  throw new GraftError('checkpoint', {
    where: 'checkpoint',
    expected: 'a state that this training can come to',
    received,
    advice: 'Start a new run.',
  });
}

function isInterruption(error: unknown): boolean {
  return error instanceof GraftError && error.code === 'interrupted';
}

async function int8Of(trainer: Trainer): Promise<TrainedPhases['int8']> {
  const [boundary] = trainer.part.boundary as [SymbolicTensor];
  const graph = await trainer.features.graph();
  return { frozen: { boundary, graph }, comparison: await trainer.compareWithFloat32() };
}

async function trainPhase(
  trainer: Trainer,
  phase: Recipe,
  number: number | undefined,
  earlier: EarlierPhases,
  options: TrainingOptions,
  state: Pick<TrainOptions, 'resume' | 'checkpoints'>,
): Promise<Reached> {
  const { monitor, keepEpoch } = phase;
  const { onStep, onEpoch, callbacks = [] } = options;
  const solver = findSolver(phase, trainer.part);
  // The optimum is wanted, not what lies on the way to it.
  const keepsLastEpoch = solver !== undefined || keepEpoch === 'last' || options.keepsLastEpoch === true;
  const best = earlyStopping({
    monitor,
    patience: solver === undefined ? (phase.patience ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
    restoreBestWeights: !keepsLastEpoch,
    startingValue: earlier.bestValue,
  });
  const offset = earlier.records.length;
  const counted = (record: EpochRecord): EpochRecord => ({
    ...record,
    epoch: record.epoch + offset,
    phase: number,
  });
  const schedule = resolveSchedule(phase, trainer.trainingExamples);
  const history = await trainer.train({
    epochs: phase.epochs,
    callbacks: [
      best,
      { onEpochEnd: (record) => onEpoch?.(counted(record)) },
      ...callbacks.map((callback) => countedFrom(callback, offset)),
      ...(keepEpoch === 'last' && solver === undefined ? [keepLastEpoch()] : []),
    ],
    averages: phase.ema !== null,
    ...createBatchOptions(trainer, phase),
    schedule,
    solver,
    onStep,
    ...state,
  });
  const records = [...earlier.records, ...history.epochs.map(counted)];
  const { ended } = history;
  const kept = keepsLastEpoch ? history.epochs.length : best.bestEpoch;
  if (kept === 0) return { ...earlier, records, ended };
  const bestEpoch = kept + offset;
  const bestValue = new Monitor('recipe', { monitor }).valueOf(records[bestEpoch - 1]!);
  return { records, bestEpoch, bestValue, ended };
}

async function metricsOf<T extends Task>(
  trainer: Trainer,
  { test }: ExampleSets<T>,
  decided: DecisionOptions,
): Promise<Pick<TrainedPhases<T>, 'train' | 'validation' | 'right' | 'test'>> {
  // The trainer has the images' task.
  const evaluate = (name: SetName): Promise<SetEvaluation<T>> =>
    trainer.evaluate(name, decided) as Promise<SetEvaluation<T>>;
  const { metrics, right } = await evaluate('validation');
  return {
    train: (await evaluate('train')).metrics,
    validation: metrics,
    right,
    test: test && (await evaluate('test')).metrics,
  };
}

/**
 * Weights. A smaller head is often trained before a checkpoint is due: what the run is known by is then worked out when one is. A larger one
 * would hold its first weights in memory until then.
 */
const SMALL_HEAD = 2 ** 16;

function identityOf(trainer: Trainer, recipe: Recipe): () => string {
  const identity = trainer.features.identityNow({ recipe: learnedBy(recipe) });
  let known = trainer.trainableWeights > SMALL_HEAD ? identity() : undefined;
  if (known !== undefined) return () => known!;
  return () => {
    known ??= identity();
    return known;
  };
}

function nothingLearnt(): GraftError {
  return new GraftError('interrupted', {
    where: 'training',
    expected: 'to reach the end of an epoch',
    received: 'an interruption',
    advice: 'Stopped before the first epoch ended: nothing was learned yet.',
  });
}
