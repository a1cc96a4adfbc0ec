/** @file Starts a worker and hears of it: Firefox loses some as they start, on a busy machine, without a word. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { BrowserWorker } from './browser.ts';
import type { WorkAnswer } from './worker-messages.ts';

/** Another worker is started beside those that have said nothing for so long. None is given up for its slowness. */
const HEARD_MS = 30_000;
const MOST_WORKERS = 4;

/**
 * Starts workers until one of them says that it is there; the others are ended.
 *
 * @throws {GraftError} `runtime`, if a worker cannot be started; `interrupted`.
 */
export function startHeardWorker(start: () => BrowserWorker, signal?: AbortSignal): Promise<BrowserWorker> {
  return new Promise((resolve, reject) => {
    const workers: BrowserWorker[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (kept: BrowserWorker | undefined, settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      for (const worker of workers) if (worker !== kept) worker.terminate();
      settle();
    };
    const stop = (): void => end(undefined, () => reject(interrupted()));
    const startAnother = (): void => {
      try {
        const worker = start();
        workers.push(worker);
        worker.onmessage = ({ data }) => {
          if ((data as WorkAnswer).type === 'ready') end(worker, () => resolve(worker));
        };
        worker.onerror = (event) => {
          event.preventDefault?.();
          end(undefined, () => reject(brokenWorker(event.message)));
        };
      } catch (error) {
        end(undefined, () => reject(error));
        return;
      }
      if (workers.length < MOST_WORKERS) timer = setTimeout(startAnother, HEARD_MS);
    };
    if (signal?.aborted) {
      stop();
      return;
    }
    signal?.addEventListener('abort', stop, { once: true });
    startAnother();
  });
}

/** Of a worker whose program cannot be loaded, or ends. */
export function brokenWorker(message: string | undefined): GraftError {
  return new GraftError('runtime', {
    where: 'training worker',
    expected: 'a worker that trains',
    received: message === undefined || message === '' ? 'one that cannot be started' : message,
    advice:
      'Start one yourself: { worker: () => new Worker(...) } of a module that imports graft-ml/web/worker; or train in this thread, { worker: false }.',
  });
}

function interrupted(): GraftError {
  return new GraftError('interrupted', {
    where: 'training worker',
    expected: 'a worker that begins',
    received: 'an interruption',
    advice: 'Stopped before anything was computed.',
  });
}
