/** @file The work of a sweep in a page, on images or on texts: the combinations with their events, and the best of them as a model. */

import type { Sample } from '../core/examples/sample.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
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
import type { RecipeRequest } from '../recipe/recipe.ts';
import type { ExampleSets } from '../runs/example-sets.ts';
import type { ModalityOptions } from '../runs/modality-of.ts';
import { runSweep, type SweepResult } from '../runs/sweep/run-sweep.ts';
import { HoldOutTraining, type SweptClassifier } from '../runs/sweep/sweep-training.ts';
import type { SweptNetworks } from '../runs/sweep/swept-networks.ts';

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

/** What is swept. */
export interface GivenSweep<B extends SweptClassifier> {
  /** Of one network, see `sweepGrid`. */
  readonly requests: readonly RecipeRequest[];
  /** What their heads grow from; whoever made them ends them. */
  readonly networks: SweptNetworks;
  readonly sets: ExampleSets;
  readonly duplicates: SweptReport['duplicates'];
  /** What reads images. */
  readonly images?: ModalityOptions['images'];
  /** The bytes that a training of the best gives. */
  readonly encode: (best: B) => Uint8Array<ArrayBuffer>;
}

export interface GivenSweepOptions extends SweepCalls, RuntimeOptions {
  /** When it was asked for, by `performance.now()`. */
  readonly started: number;
  readonly featureStores?: FeatureStores | undefined;
  readonly threads?: number | undefined;
  readonly strict?: boolean | undefined;
}

/** @throws {GraftError} As `runSweep`. And what `onEvent` throws. */
export async function runGivenSweep<B extends SweptClassifier>(
  { requests, networks, sets, duplicates, images, encode }: GivenSweep<B>,
  options: GivenSweepOptions,
): Promise<SweptInPage> {
  const { onEvent: emit = () => {}, started, featureStores, runtime, threads, signal, strict } = options;
  const { several, modality } = networks;
  const unit = several === 'texts' ? 'texts' : 'images';
  const stages = new StageEvents(emit);
  const stores = networks.keepsFeatures ? featureStores : undefined;
  const common = { images, modality, folder: unit, featureStores: stores, runtime, threads, signal };
  const work = {
    requests,
    networks,
    examples: sets,
    trained: sets.train as readonly Sample[],
    training: new HoldOutTraining(sets, {
      ...common,
      onStep: ({ epoch, epochs, step, steps, loss }) => stages.step({ epoch, epochs, step, steps, loss }),
    }),
  };
  const result = (await runSweep(work, {
    ...common,
    strict,
    onPlan: ({ notes }) => {
      for (const text of notes) emit({ type: 'note', text });
    },
    onFeatures: (done, total) => stages.update('features', done, total, unit),
    onRow: (done, total, best, row) => {
      stages.end();
      emit(combinationEvent(done, total, best, row));
    },
  })) as SweepResult<B>;
  stages.end();
  const { best, skipped } = result;
  tellMetrics(best, emit);
  if (skipped.length > 0) emit({ type: 'skipped', skipped });
  const total = (performance.now() - started) / 1000;
  return {
    report: sweptReport(result, { modality: unit === 'texts' ? 'text' : 'image', duplicates, total }),
    model: encode(best),
    history: best.history.epochs.map(({ epoch, logs: { learning_rate: _, ...metrics } }) => ({
      epoch,
      metrics,
    })),
  };
}
