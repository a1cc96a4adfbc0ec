/** @file A sweep in a page: many heads on one pass of the backbone, and the best of them as a model. */

import type { Sample } from '../core/examples/sample.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { tellMetrics } from '../events/metrics-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import {
  type CombinationEvent,
  combinationEvent,
  type SweptReport,
  sweptReport,
} from '../events/sweep-report.ts';
import type {
  DataEvent,
  MetricsEvent,
  NoteEvent,
  ProgressEvent,
  SkippedEvent,
  StageEvent,
  StepEvent,
} from '../events/training-event.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { checkTask, DEFAULT_TASK } from '../recipe/task.ts';
import { requireSquare, type TrainedClassifier } from '../runs/grow-classifier.ts';
import { runSweep, type SweepResult } from '../runs/sweep/run-sweep.ts';
import { type SweepAxes, sweepGrid } from '../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../runs/sweep/sweep-plan.ts';
import { HoldOutTraining } from '../runs/sweep/sweep-training.ts';
import { sweptImageNetworks } from '../runs/sweep/swept-networks.ts';
import { resolvePreprocessing } from '../vision/preprocessing/preprocessing-choice.ts';
import { openBackbone } from './backbone-source.ts';
import { givenImages } from './given-images.ts';
import { divideImages } from './image-classes.ts';
import type { ImagesByClass } from './named-images.ts';
import { openStoredFeatures } from './stored-features.ts';
import { dataEvent, duplicatesOf, encodeTrained, type TrainingSettings } from './train-images.ts';

/** What one may say of a sweep in a page. All of it can go to a worker. */
export interface SweepSettings extends Omit<TrainingSettings, 'checkpoint'> {
  /** What is tried, in every combination; the recipe says what all of them share. */
  readonly axes: SweepAxes;
}

/** What is heard of a sweep in a page. */
export type SweepEvent =
  | NoteEvent
  | DataEvent
  | ProgressEvent
  | StageEvent
  | StepEvent
  | CombinationEvent
  | MetricsEvent
  | SkippedEvent;

/** Who hears of it, and who may end it. */
export interface SweepCalls {
  /** Hears every event. What it throws ends the sweep. */
  readonly onEvent?: ((event: SweepEvent) => void) | undefined;
  /** Before a combination is done: gives up. After: those that are done count. */
  readonly signal?: AbortSignal | undefined;
}

/** What a sweep came to. */
export interface SweptInPage {
  readonly report: SweptReport;
  /** The bytes of the best combination's `model.onnx`: those of a training of its recipe. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** The epochs of the best. */
  readonly history: readonly { readonly epoch: number; readonly metrics: Readonly<Record<string, number>> }[];
}

/** Sweeps in the thread of the caller, see `sweep`. */
export async function sweepImages(
  images: ImagesByClass,
  options: SweepSettings & SweepCalls & RuntimeOptions,
): Promise<SweptInPage> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, runtime, threads, strict = false } = options;
  const base = readRecipe({ ...options.recipe, task: DEFAULT_TASK });
  // Before files are read, which takes longer than to see a mistake.
  const requests = sweepGrid(base, options.axes);
  for (const request of requests) requireSweepable(request);
  checkTask(base, Object.keys(images).length);
  const { validation, test } = options;
  const sets = await divideImages({ train: images, validation, test }, base, signal);
  const duplicates = duplicatesOf(sets);
  emit(dataEvent(sets, duplicates));
  for (const text of sets.notes) emit({ type: 'note', text });
  const networks = await sweptImageNetworks(requests, sets.classNames.length, async ({ cut }) => {
    const backbone = await openBackbone(options.backbone, {
      inputShape: base.sizePx === undefined ? undefined : [base.sizePx, base.sizePx, 3],
      cut,
      preprocessing: resolvePreprocessing(base.preprocessing),
      signal,
    });
    requireSquare(backbone);
    return backbone;
  });
  const backbone = networks.backbone.pretrainedConfig.id;
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  const stages = new StageEvents(emit);
  const common = { images: givenImages, folder: 'images', featureStores: cache, runtime, threads, signal };
  const work = {
    requests: requests.map((request) => ({ ...request, backbone })),
    networks,
    examples: sets,
    trained: sets.train as readonly Sample[],
    training: new HoldOutTraining(sets, {
      ...common,
      onStep: ({ epoch, epochs, step, steps, loss }) => stages.step({ epoch, epochs, step, steps, loss }),
    }),
  };
  try {
    const result = (await runSweep(work, {
      ...common,
      strict,
      onPlan: ({ notes }) => {
        for (const text of notes) emit({ type: 'note', text });
      },
      onFeatures: (done, total) => stages.update('features', done, total, 'images'),
      onRow: (done, total, best, row) => {
        stages.end();
        emit(combinationEvent(done, total, best, row));
      },
    })) as SweepResult<TrainedClassifier>;
    stages.end();
    const { best, skipped } = result;
    tellMetrics(best, emit);
    if (skipped.length > 0) emit({ type: 'skipped', skipped });
    const total = (performance.now() - started) / 1000;
    return {
      report: sweptReport(result, { modality: 'image', duplicates, total }),
      model: encodeTrained(best),
      history: best.history.epochs.map(({ epoch, logs: { learning_rate: _, ...metrics } }) => ({
        epoch,
        metrics,
      })),
    };
  } finally {
    cache?.close();
  }
}
