/** @file Has a worker of the page compute, so that the page goes on. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { NoteEvent } from '../events/training-event.ts';
import { type BrowserWorker, browser } from './browser.ts';
import type { TableOfTexts } from './check-given-texts.ts';
import { brokenWorker, startHeardWorker } from './heard-worker.ts';
import { isBlob } from './is-blob.ts';
import { type ImagesByClass, nameImages } from './named-images.ts';
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
  examples: PageWorks[W]['examples'],
  { worker = browser.Worker !== undefined, ...options }: WorkSettings<W> & WorkCalls<W> & WorkerChoice,
  here: (options: WorkSettings<W> & WorkCalls<W>) => Promise<PageWorks[W]['result']>,
): Promise<PageWorks[W]['result']> {
  const asked = options as unknown as WorkSettings<W> & WorkCalls<W>;
  if (worker === false) return here(asked);
  const { onEvent, signal, ...settings } = asked;
  const start = worker === true ? startWorker : worker;
  const order = { type: work, examples: sendable(examples), settings: plain(settings) };
  const result = await ask(start, order as WorkOrder, { onEvent, signal });
  if (result !== undefined) return result;
  // What has failed to start there stays so: another worker, and no threads. The results are the same to the bit.
  (onEvent as ((event: NoteEvent) => void) | undefined)?.({ type: 'note', text: NO_THREADS });
  const alone = { ...order, settings: { ...order.settings, threads: 1 } };
  return (await ask(start, alone as WorkOrder, { onEvent, signal }))!;
}

const NO_THREADS =
  'this browser started none of the threads that it promised: one does all, with the same results';

/** The browser's own; types of it are those of pages alone. */
declare const Worker: new (address: URL, options: { readonly type: 'module' }) => BrowserWorker;

/** Written out, because bundlers look for this very expression. */
function startWorker(): BrowserWorker {
  return new Worker(new URL('./training-worker.js', import.meta.url), { type: 'module' });
}

/** @returns Undefined where the worker's threads did not start. */
async function ask<W extends PageWork>(
  start: () => BrowserWorker,
  order: WorkOrder,
  calls: WorkCalls<W>,
): Promise<PageWorks[W]['result'] | undefined> {
  const { onEvent, signal } = calls;
  const worker = await startHeardWorker(start, signal);
  return new Promise((resolve, reject) => {
    const stop = (): void => worker.postMessage({ type: 'stop' } satisfies WorkOrder);
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
      else if (answer.type === 'no-threads') end(() => resolve(undefined));
      else if (answer.type === 'failure') end(() => reject(errorOf(answer.failure)));
      else if (answer.type === 'event') {
        try {
          onEvent?.(answer.event);
        } catch (error) {
          end(() => reject(error));
        }
      }
    };
    try {
      worker.postMessage(order);
    } catch (cause) {
      end(() => reject(cannotBeSent(order.type, cause)));
      return;
    }
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

/** Rows of texts and tables go as they are. */
function sendable(examples: PageWorks[PageWork]['examples']): PageWorks[PageWork]['examples'] {
  const isOfTexts = Array.isArray(examples) || isBlob((examples as TableOfTexts).bytes);
  return isOfTexts ? examples : nameImages(examples as ImagesByClass);
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
    validation: validation && sendable(validation),
    test: test && sendable(test),
    wasmFolder: absolute(wasmFolder),
    kernelFolder: absolute(kernelFolder),
  };
}

function errorOf(failure: WorkFailure): Error {
  if ('code' in failure) return new GraftError(failure.code, failure.parts);
  return Object.assign(new Error(failure.message), { stack: failure.stack });
}

function cannotBeSent(work: string, cause: unknown): GraftError {
  return new GraftError(
    'argument',
    {
      where: work,
      expected: 'examples and options that can go to a worker',
      received: String((cause as Error).message ?? cause),
      advice: 'Give files and plain values, or compute in this thread, { worker: false }.',
    },
    { cause },
  );
}
