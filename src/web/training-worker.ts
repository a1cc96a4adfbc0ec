/** @file The program of a worker that computes for a page, see `train`, `trainTexts` and `check`: `graft-ml/web/worker`. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { type BrowserWorker, browser } from './browser.ts';
import { checkImages } from './check-images.ts';
import { nearImages } from './near-images.ts';
import type { WorkCalls } from './page-worker.ts';
import { createWebRuntime } from './runtime.ts';
import type { SessionOrder } from './session-messages.ts';
import { serveSession } from './session-worker.ts';
import { withSideBySide } from './side-by-side.ts';
import { sweepImages } from './sweep-images.ts';
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
  examples: PageWorks[W]['examples'],
  options: PageWorks[W]['settings'] & WorkCalls<W> & { readonly runtime: Runtime },
) => Promise<PageWorks[W]['result']>;

const WORKS: { readonly [W in PageWork]: Work<W> } = {
  train: trainImages,
  // Loaded for texts alone.
  'train-texts': async (texts, options) =>
    (await import('./train-given-texts.ts')).trainGivenTexts(texts, options),
  sweep: sweepImages,
  'sweep-texts': async (texts, options) =>
    (await import('./sweep-given-texts.ts')).sweepGivenTexts(texts, options),
  check: checkImages,
  'check-texts': async (table, options) =>
    (await import('./check-given-texts.ts')).checkGivenTexts(table, options),
  nearest: nearImages,
};

const stop = new AbortController();
const say = (answer: WorkAnswer): void => browser.postMessage!(answer);

async function work({
  type,
  examples,
  settings,
}: Exclude<WorkOrder, { readonly type: 'stop' }>): Promise<void> {
  try {
    const options = runtimeOptions(settings);
    const { threads: count = browser.navigator?.hardwareConcurrency ?? 1 } = options;
    const runtime = withSideBySide(createWebRuntime(options), {
      start: startAnother,
      count,
      settings: options,
    });
    const onEvent = (event: PageWorks[PageWork]['event']): void => say({ type: 'event', event });
    const own = WORKS[type] as Work<PageWork>;
    const result = await own(examples, { ...settings, runtime, onEvent, signal: stop.signal } as never);
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

/** Another worker of this program, however a bundler has made it. */
function startAnother(): BrowserWorker {
  return new browser.Worker!(browser.location!.href, { type: isModule() ? 'module' : 'classic' });
}

function isModule(): boolean {
  try {
    browser.importScripts!();
    return false;
  } catch {
    return true;
  }
}

browser.onmessage = ({ data }) => {
  const order = data as WorkOrder | SessionOrder;
  if (order.type === 'stop') stop.abort();
  else if (order.type === 'session' || order.type === 'run') void serveSession(order);
  else void work(order);
};
say({ type: 'ready' });
