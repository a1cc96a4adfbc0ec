/** @file Has a worker of the page compute, so that the page goes on. */

import { GraftError } from '../core/errors/graft-error.ts';
import { type BrowserWorker, browser } from './browser.ts';
import { type ImagesByClass, nameImages } from './image-classes.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import type { PageWork, PageWorks, WorkAnswer, WorkFailure, WorkOrder } from './worker-messages.ts';

/** Where a page computes. */
export interface WorkerChoice {
  /**
   * In a worker (default), in a worker that the page starts (a module that imports `graft-ml/web/worker`, for bundlers that do not find
   * workers by themselves), or in the caller's thread, `false`.
   */
  readonly worker?: boolean | (() => BrowserWorker) | undefined;
}

/** Who hears of a work, and who may end it. */
export interface WorkCalls<W extends PageWork> {
  readonly onEvent?: ((event: PageWorks[W]['event']) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type WorkSettings<W extends PageWork> = PageWorks[W]['settings'] & WebRuntimeOptions;

/**
 * Does a work in a worker of its own, which ends with it.
 *
 * @param here - Does it in this thread, where no worker is wanted.
 * @throws {GraftError} `runtime`, if a worker cannot be started; `argument`, if something cannot go to one. And what the work throws.
 */
export async function inPageWorker<W extends PageWork>(
  work: W,
  images: ImagesByClass,
  { worker = browser.Worker !== undefined, ...options }: WorkSettings<W> & WorkCalls<W> & WorkerChoice,
  here: (options: WorkSettings<W> & WorkCalls<W>) => Promise<PageWorks[W]['result']>,
): Promise<PageWorks[W]['result']> {
  const asked = options as unknown as WorkSettings<W> & WorkCalls<W>;
  if (worker === false) return here(asked);
  return ask(worker === true ? startWorker : worker, work, images, asked);
}

/** The browser's own; types of it are those of pages alone. */
declare const Worker: new (address: URL, options: { readonly type: 'module' }) => BrowserWorker;

/** Written out, because bundlers look for this very expression. */
function startWorker(): BrowserWorker {
  return new Worker(new URL('./training-worker.js', import.meta.url), { type: 'module' });
}

function ask<W extends PageWork>(
  start: () => BrowserWorker,
  work: W,
  images: ImagesByClass,
  { onEvent, signal, ...settings }: WorkSettings<W> & WorkCalls<W>,
): Promise<PageWorks[W]['result']> {
  return new Promise((resolve, reject) => {
    const worker = start();
    const order = (message: WorkOrder): void => worker.postMessage(message);
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
      const answer = data as WorkAnswer<W>;
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
      order({ type: work, images: nameImages(images), settings: plain(settings) } as WorkOrder);
    } catch (cause) {
      end(() => reject(cannotBeSent(work, cause)));
      return;
    }
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

/** Settings as a worker can take them. */
function plain(settings: object): object {
  const { backbone, validation, test, wasmFolder, kernelFolder } = settings as WorkSettings<'train'>;
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

function errorOf(failure: WorkFailure): Error {
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

function cannotBeSent(work: PageWork, cause: unknown): GraftError {
  return new GraftError(
    'argument',
    {
      where: work,
      expected: 'images and options that can go to a worker',
      received: String((cause as Error).message ?? cause),
      advice: 'Give files and plain values, or compute in this thread, { worker: false }.',
    },
    { cause },
  );
}
