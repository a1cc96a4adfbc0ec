/** @file Trains a classifier in a page: in a worker, so that the page goes on, or in the caller's thread. */

import { GraftError } from '../core/errors/graft-error.ts';
import { type BrowserWorker, browser } from './browser.ts';
import { type ImagesByClass, nameImages } from './image-classes.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import {
  type TrainedInPage,
  type TrainingCalls,
  type TrainingSettings,
  trainImages,
} from './train-images.ts';
import {
  runtimeOptions,
  type TrainingAnswer,
  type TrainingFailure,
  type TrainingOrder,
} from './training-messages.ts';

/** What one may say of a training in a page. */
export interface TrainOptions extends TrainingSettings, TrainingCalls, WebRuntimeOptions {
  /**
   * Where it trains: in a worker (default), in a worker that the page starts (a module that imports `graft-ml/web/worker`, for
   * bundlers that do not find workers by themselves), or in the caller's thread, `false`.
   */
  readonly worker?: boolean | (() => BrowserWorker) | undefined;
}

/** A trained model. */
export interface TrainResult extends TrainedInPage {
  /** The model file as a Blob, for a link with `download`, or to be stored. */
  save(): Blob;
}

/**
 * Trains a classifier on images, as `graft train` does on a folder of class folders: the same recipe on the same pixels with the same seed gives the
 * file that Node writes with onnxruntime-web, to the byte.
 *
 * @param images - By the names of their classes: `{ cat: files, dog: files }`.
 * @returns The bytes of `model.onnx`, and plain data as `graft train --json` prints.
 * @throws {GraftError} `argument`, `dataset`, `image` (with `strict`), `weights`, `file-not-found`, `memory`, `not-a-number`; `interrupted`, if
 *   the signal aborts before the first epoch has ended; `runtime`, if a worker cannot be started. And what `onEvent` throws.
 */
export async function train(images: ImagesByClass, options: TrainOptions = {}): Promise<TrainResult> {
  const { worker = browser.Worker !== undefined, ...others } = options;
  const result =
    worker === false
      ? await trainImages(images, { ...others, runtime: createWebRuntime(runtimeOptions(others)) })
      : await trainInWorker(worker === true ? startWorker : worker, images, others);
  return {
    ...result,
    save: () => new Blob([result.model], { type: 'application/octet-stream' }),
  };
}

/** The browser's own; types of it are those of pages alone. */
declare const Worker: new (address: URL, options: { readonly type: 'module' }) => BrowserWorker;

/** Written out, because bundlers look for this very expression. */
function startWorker(): BrowserWorker {
  return new Worker(new URL('./training-worker.js', import.meta.url), { type: 'module' });
}

function trainInWorker(
  start: () => BrowserWorker,
  images: ImagesByClass,
  { onEvent, signal, ...settings }: Omit<TrainOptions, 'worker'>,
): Promise<TrainedInPage> {
  return new Promise((resolve, reject) => {
    const worker = start();
    const order = (message: TrainingOrder): void => worker.postMessage(message);
    const stop = (): void => order({ type: 'stop' });
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', stop);
      worker.terminate();
      settle();
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      end(() => reject(brokenWorker(event.message)));
    };
    worker.onmessage = ({ data }) => {
      const answer = data as TrainingAnswer;
      if (answer.type === 'result') end(() => resolve(answer.result));
      else if (answer.type === 'failure') end(() => reject(errorOf(answer.failure)));
      else {
        try {
          onEvent?.(answer.event);
        } catch (error) {
          end(() => reject(error));
        }
      }
    };
    try {
      order({ type: 'train', images: nameImages(images), settings: plain(settings) });
    } catch (cause) {
      end(() => reject(cannotBeSent(cause)));
      return;
    }
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

function plain(settings: TrainingSettings & WebRuntimeOptions): TrainingSettings & WebRuntimeOptions {
  const { backbone, validation, test, wasmFolder, kernelFolder } = settings;
  // A worker has another address than the page, which relative ones start at.
  const absolute = (address: string | undefined): string | undefined =>
    address === undefined ? undefined : new URL(address, browser.location?.href).href;
  return {
    ...settings,
    backbone: typeof backbone === 'string' || backbone instanceof URL ? absolute(String(backbone)) : backbone,
    validation: validation && nameImages(validation),
    test: test && nameImages(test),
    wasmFolder: absolute(wasmFolder),
    kernelFolder: absolute(kernelFolder),
  };
}

function errorOf(failure: TrainingFailure): Error {
  if ('code' in failure) return new GraftError(failure.code, failure.parts);
  return Object.assign(new Error(failure.message), { stack: failure.stack });
}

function brokenWorker(message: string | undefined): GraftError {
  return new GraftError('runtime', {
    where: 'training worker',
    expected: 'a worker that trains',
    received: message === undefined || message === '' ? 'one that cannot be started' : message,
    advice:
      'Start one yourself: { worker: () => new Worker(...) } of a module that imports graft-ml/web/worker; or train in this thread, { worker: false }.',
  });
}

function cannotBeSent(cause: unknown): GraftError {
  return new GraftError(
    'argument',
    {
      where: 'train',
      expected: 'images and options that can go to a worker',
      received: String((cause as Error).message ?? cause),
      advice: 'Give files and plain values, or train in this thread, { worker: false }.',
    },
    { cause },
  );
}
