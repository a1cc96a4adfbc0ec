/** @file Trains a classifier in a thread of its own: the caller's event loop goes on, and hears the same events. */

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { type ErrorCode, type ErrorParts, GraftError } from '../../core/errors/graft-error.ts';
import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import type { SetName } from '../../core/features/sample-sets.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Recipe, RecipeRequest } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierEvents, ClassifierModel, ClassifierOptions } from '../../runs/classifier-options.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import type { TrainedPhases } from '../../runs/train-phases.ts';
import { startThread } from '../threads/start-thread.ts';
import type { ImageSets } from './image-sets.ts';
import { buildClassifier } from './train-classifier.ts';

/** What the thread is asked: plain data. */
export interface TrainingRequest {
  readonly images: PlainImageSets;
  readonly options: Pick<
    ClassifierOptions,
    'folder' | 'download' | 'keepsLastEpoch' | 'strict' | 'threads'
  > & {
    readonly recipe: RecipeRequest;
  };
  /** A feature cache to open. */
  readonly cache: { readonly folder: string; readonly limitBytes: number } | undefined;
  /** Which events somebody hears. */
  readonly events: readonly EventName[];
  readonly aborted: boolean;
}

/** Images of a run without classes of a program. */
export interface PlainImageSets extends Omit<ImageSets<Task>, 'known'> {
  readonly hashes: ReadonlyMap<SetName, ContentHashes> | undefined;
  /** Groups of copies, by position. */
  readonly identical: readonly Uint32Array[];
}

/** What is said to the thread later. */
export type TrainingOrder = { readonly type: 'abort' } | { readonly type: 'heard'; readonly failed: boolean };

/** What the thread says. */
export type TrainingMessage =
  | { readonly type: 'event'; readonly name: EventName; readonly data: readonly unknown[] }
  | { readonly type: 'failure'; readonly failure: TrainingFailure }
  | { readonly type: 'result'; readonly result: TrainingOutcome };

export type TrainingFailure =
  | { readonly code: ErrorCode; readonly parts: ErrorParts; readonly cause: string }
  | { readonly message: string; readonly stack: string | undefined };

/** What was trained: the caller's thread builds the layers once more, and takes their weights. */
export interface TrainingOutcome {
  readonly recipe: Recipe;
  /** Of what may have been trained, by place among the model's weights. */
  readonly weights: ReadonlyMap<number, Float32Array>;
  /** Of each layer of the model. */
  readonly trainable: readonly boolean[];
  readonly phases: Omit<TrainedPhases<Task>, 'int8'>;
  readonly int8:
    | { readonly boundary: number; readonly graph: Graph; readonly comparison: unknown }
    | undefined;
}

export type EventName = keyof ClassifierEvents;

/** Those that are waited for: what they throw ends the run before the long work. */
const AWAITED: ReadonlySet<EventName> = new Set(['onModel', 'onPreflight']);
const EVENTS: readonly EventName[] = [
  'onDownload',
  'onModel',
  'onPreflight',
  'onFeatures',
  'onPhase',
  'onStep',
  'onEpoch',
];

/**
 * The same as `trainClassifier`, to the bit.
 *
 * @throws {GraftError} As `trainClassifier`; `argument`, if an option cannot go to another thread; `memory` or `runtime`, if the
 *   thread ends without a result. And what a listener throws.
 */
export async function trainInWorker<T extends Task>(
  images: ImageSets<T>,
  options: ClassifierOptions,
): Promise<TrainedClassifier<T>> {
  refuseWhatStays(options);
  const { signal, download } = options;
  const program = new URL('../training/training-thread.ts', import.meta.url);
  const worker = startThread(program, { workerData: requestOf(images, options) });
  const order = (message: TrainingOrder): void => worker.postMessage(message);
  const abort = (): void => order({ type: 'abort' });
  signal?.addEventListener('abort', abort, { once: true });
  let classifier: ClassifierModel | undefined;
  const build = async (recipe: RecipeRequest): Promise<ClassifierModel> => {
    classifier ??= await buildClassifier(recipe, images.classNames.length, download);
    return classifier;
  };
  /** What a listener threw. */
  let thrown: { readonly error: unknown } | undefined;
  const hear = async (name: EventName, data: readonly unknown[]): Promise<void> => {
    if (thrown === undefined) {
      try {
        const heard = name === 'onModel' ? [await build(data[0] as RecipeRequest)] : data;
        await (options[name] as ((...data: unknown[]) => void | Promise<void>) | undefined)?.(...heard);
      } catch (error) {
        thrown = { error };
        if (!AWAITED.has(name)) abort();
      }
    }
    if (AWAITED.has(name)) order({ type: 'heard', failed: thrown !== undefined });
  };
  try {
    const end = await untilEnd(worker, hear);
    if (thrown !== undefined) throw thrown.error;
    if (end.type === 'failure') throw errorOf(end.failure);
    const { result } = end;
    return {
      ...assemble(await build(result.recipe), result),
      classNames: images.classNames,
    } as TrainedClassifier<T>;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Listeners hear in order, one after the other. */
async function untilEnd(
  worker: Worker,
  hear: (name: EventName, data: readonly unknown[]) => Promise<void>,
): Promise<Exclude<TrainingMessage, { readonly type: 'event' }>> {
  let last = Promise.resolve();
  let end: Exclude<TrainingMessage, { readonly type: 'event' }> | undefined;
  worker.on('message', (message: TrainingMessage) => {
    if (message.type !== 'event') end = message;
    else last = last.then(() => hear(message.name, message.data));
  });
  const [code] = await once(worker, 'exit').catch((cause: unknown) => {
    throw brokenThread(cause);
  });
  await last;
  if (end === undefined) throw brokenThread(`exit with code ${code}`);
  return end;
}

function requestOf(images: ImageSets<Task>, options: ClassifierOptions): TrainingRequest {
  const { folder, keepsLastEpoch, strict, threads, featureStores, signal } = options;
  const { known, train, validation, test, ...about } = images;
  const plain = (samples: ImageSets<Task>['train']): ImageSets<Task>['train'] =>
    // Those of a folder make their path when they are asked.
    samples.map(({ file, content, label, target }) =>
      target ? { file, content, label, target } : { file, content, label },
    );
  const { onProgress: _, ...download } = options.download ?? {};
  return {
    images: {
      ...about,
      train: plain(train),
      validation: plain(validation),
      test: test && plain(test),
      hashes: known?.hashes,
      identical: [...(known?.identical ?? [])],
    },
    options: { folder, download, keepsLastEpoch, strict, threads, recipe: readRecipe(options.recipe) },
    cache: featureStores && cacheOf(featureStores),
    events: EVENTS.filter((name) => options[name] !== undefined),
    aborted: signal?.aborted ?? false,
  };
}

/** The folder of a feature cache, which the thread opens for itself. */
function cacheOf(stores: object): TrainingRequest['cache'] {
  const { folder, limitBytes } = stores as { readonly folder?: unknown; readonly limitBytes?: unknown };
  return typeof folder === 'string' && typeof limitBytes === 'number' ? { folder, limitBytes } : undefined;
}

function refuseWhatStays(options: ClassifierOptions): void {
  const { images, extracted, checkpoints, runtime, callbacks = [], featureStores } = options;
  const stays = {
    images,
    extracted,
    checkpoints,
    runtime,
    callbacks: callbacks.length > 0 || undefined,
    featureStores: featureStores && cacheOf(featureStores) === undefined ? featureStores : undefined,
  };
  const [name] = Object.entries(stays).find(([, given]) => given !== undefined) ?? [];
  if (name === undefined) return;
  throw new GraftError('argument', {
    where: 'trainClassifier',
    expected: 'options that can go to another thread, for worker: true',
    received: name,
    advice:
      name === 'featureStores'
        ? 'Give what openFeatureCache gives.'
        : 'Leave it out, or train in this thread. onEpoch and a signal work in both.',
  });
}

function assemble(
  classifier: ClassifierModel,
  outcome: TrainingOutcome,
): ClassifierModel & TrainedPhases<Task> {
  const { model } = classifier;
  model.layers.forEach((layer, index) => {
    layer.trainable = outcome.trainable[index]!;
  });
  for (const [index, value] of outcome.weights) model.weights[index]!.weight.value = value;
  const { phases, int8 } = outcome;
  if (int8 === undefined) return { ...classifier, ...phases };
  const frozen = { boundary: model.tensors[int8.boundary]!, graph: int8.graph };
  const comparison = int8.comparison as NonNullable<TrainedPhases['int8']>['comparison'];
  return { ...classifier, ...phases, int8: { frozen, comparison } };
}

function errorOf(failure: TrainingFailure): Error {
  if ('code' in failure) return new GraftError(failure.code, failure.parts, { cause: failure.cause });
  return Object.assign(new Error(failure.message), { stack: failure.stack });
}

function brokenThread(cause: unknown): GraftError {
  const isMemory = (cause as { readonly code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return new GraftError(
    isMemory ? 'memory' : 'runtime',
    {
      where: 'training thread',
      expected: 'to reach its end',
      received: isMemory ? 'too little memory for its objects' : String(cause),
      advice: 'Train in this thread (without worker) to see more of the reason.',
    },
    { cause },
  );
}
