/** @file The thread that trains one classifier, see train-in-worker.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierEvents, ClassifierModel } from '../../runs/classifier-options.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import { openFeatureCache } from '../feature-cache/feature-cache.ts';
import { IdenticalImages } from '../images/identical-images.ts';
import type { ImageSets } from './image-sets.ts';
import { trainClassifier } from './train-classifier.ts';
import type {
  EventName,
  PlainImageSets,
  TrainingFailure,
  TrainingMessage,
  TrainingOrder,
  TrainingOutcome,
  TrainingRequest,
} from './train-in-worker.ts';

const port = parentPort!;
const interruption = new AbortController();
/** Of the event that is waited for. */
let heard: ((failed: boolean) => void) | undefined;

port.on('message', (order: TrainingOrder) => {
  if (order.type === 'abort') interruption.abort();
  else heard?.(order.failed);
});

void run(workerData as TrainingRequest)
  .then(
    (result) => say({ type: 'result', result }, buffersOf(result)),
    (error: unknown) => say({ type: 'failure', failure: failureOf(error) }),
  )
  // Nothing else keeps the thread.
  .finally(() => port.close());

async function run({
  images,
  options,
  cache: place,
  events,
  aborted,
}: TrainingRequest): Promise<TrainingOutcome> {
  if (aborted) interruption.abort();
  const cache = place && (await openFeatureCache(place));
  try {
    const trained = await trainClassifier(setsOf(images), {
      ...options,
      ...listeners(new Set(events)),
      featureStores: cache,
      signal: interruption.signal,
    });
    return outcomeOf(trained);
  } finally {
    await cache?.close();
  }
}

function setsOf({ hashes, identical, ...images }: PlainImageSets): ImageSets<Task> {
  return hashes === undefined
    ? images
    : { ...images, known: { hashes, identical: new IdenticalImages(identical) } };
}

function listeners(names: ReadonlySet<EventName>): ClassifierEvents {
  const tell =
    (name: EventName) =>
    (...data: unknown[]): void =>
      say({ type: 'event', name, data });
  const wait = (name: EventName, data: unknown): Promise<void> =>
    new Promise((resolve, reject) => {
      // Who listens has the reason.
      heard = (failed) => (failed ? reject(new Error('a listener failed')) : resolve());
      tell(name)(data);
    });
  const told = (['onDownload', 'onFeatures', 'onPhase', 'onStep', 'onEpoch'] as const).filter((name) =>
    names.has(name),
  );
  return {
    ...Object.fromEntries(told.map((name) => [name, tell(name)])),
    onModel: names.has('onModel') ? ({ recipe }: ClassifierModel) => wait('onModel', recipe) : undefined,
    onPreflight: names.has('onPreflight') ? (estimate) => wait('onPreflight', estimate) : undefined,
  };
}

function outcomeOf(trained: TrainedClassifier<Task>): TrainingOutcome {
  const {
    model,
    backbone,
    recipe,
    preprocessing: _p,
    parameters: _n,
    classNames: _c,
    int8,
    ...phases
  } = trained;
  const pretrained = new Set(backbone.model.layers);
  const weights = new Map<number, Float32Array>();
  model.weights.forEach(({ layer, weight }, index) => {
    if (!pretrained.has(layer) || layer.trainable) weights.set(index, weight.value);
  });
  return {
    recipe,
    weights,
    trainable: model.layers.map((layer) => layer.trainable),
    phases,
    int8: int8 && {
      boundary: model.tensors.indexOf(int8.frozen.boundary),
      graph: int8.frozen.graph,
      comparison: int8.comparison,
    },
  };
}

/** Weights are handed over where they are whole buffers. */
function buffersOf({ weights }: TrainingOutcome): ArrayBuffer[] {
  const whole = [...weights.values()].filter(
    ({ buffer, byteLength }) => buffer instanceof ArrayBuffer && byteLength === buffer.byteLength,
  );
  return [...new Set(whole.map(({ buffer }) => buffer as ArrayBuffer))];
}

function failureOf(error: unknown): TrainingFailure {
  if (error instanceof GraftError)
    return { code: error.code, parts: error.parts, cause: String(error.cause) };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack };
}

function say(message: TrainingMessage, handedOver: ArrayBuffer[] = []): void {
  port.postMessage(message, handedOver);
}
