/** @file The program of a worker that computes for a page, see `train` and `check`: `graft-ml/web/worker`. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { browser } from './browser.ts';
import { checkImages } from './check-images.ts';
import type { ImagesByClass } from './image-classes.ts';
import { nearImages } from './near-images.ts';
import type { WorkCalls } from './page-worker.ts';
import { createWebRuntime } from './runtime.ts';
import { trainImages } from './train-images.ts';
import { NoThreadsError } from './wasm-sessions.ts';
import {
  type PageWork,
  type PageWorks,
  runtimeOptions,
  type WorkAnswer,
  type WorkFailure,
  type WorkOrder,
} from './worker-messages.ts';

type Work<W extends PageWork> = (
  images: ImagesByClass,
  options: PageWorks[W]['settings'] & WorkCalls<W> & { readonly runtime: Runtime },
) => Promise<PageWorks[W]['result']>;

const WORKS: { readonly [W in PageWork]: Work<W> } = {
  train: trainImages,
  check: checkImages,
  nearest: nearImages,
};

const stop = new AbortController();
const say = (answer: WorkAnswer): void => browser.postMessage!(answer);

async function work({
  type,
  images,
  settings,
}: Exclude<WorkOrder, { readonly type: 'stop' }>): Promise<void> {
  try {
    const runtime = createWebRuntime(runtimeOptions(settings));
    const onEvent = (event: PageWorks[PageWork]['event']): void => say({ type: 'event', event });
    const own = WORKS[type] as Work<PageWork>;
    const result = await own(images, { ...settings, runtime, onEvent, signal: stop.signal } as never);
    say({ type: 'result', result });
  } catch (error) {
    say(
      error instanceof NoThreadsError
        ? { type: 'no-threads' }
        : { type: 'failure', failure: failureOf(error) },
    );
  }
}

function failureOf(error: unknown): WorkFailure {
  if (error instanceof GraftError) return { code: error.code, parts: error.parts };
  const { message = String(error), stack } = Object(error) as Partial<Error>;
  return { message, stack };
}

browser.onmessage = ({ data }) => {
  const order = data as WorkOrder;
  if (order.type === 'stop') stop.abort();
  else void work(order);
};
say({ type: 'ready' });
