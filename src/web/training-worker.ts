/** @file The program of a worker that trains, see `train`: `graft-ml/web/worker`. */

import { GraftError } from '../core/errors/graft-error.ts';
import { browser } from './browser.ts';
import { createWebRuntime } from './runtime.ts';
import { trainImages } from './train-images.ts';
import {
  runtimeOptions,
  type TrainingAnswer,
  type TrainingFailure,
  type TrainingOrder,
} from './training-messages.ts';

const stop = new AbortController();
const say = (answer: TrainingAnswer): void => browser.postMessage!(answer);

async function train({
  images,
  settings,
}: Extract<TrainingOrder, { readonly type: 'train' }>): Promise<void> {
  try {
    const runtime = createWebRuntime(runtimeOptions(settings));
    const onEvent = (event: Extract<TrainingAnswer, { readonly type: 'event' }>['event']): void =>
      say({ type: 'event', event });
    const result = await trainImages(images, { ...settings, runtime, onEvent, signal: stop.signal });
    say({ type: 'result', result });
  } catch (error) {
    say({ type: 'failure', failure: failureOf(error) });
  }
}

function failureOf(error: unknown): TrainingFailure {
  if (error instanceof GraftError) return { code: error.code, parts: error.parts };
  const { message = String(error), stack } = Object(error) as Partial<Error>;
  return { message, stack };
}

browser.onmessage = ({ data }) => {
  const order = data as TrainingOrder;
  if (order.type === 'stop') stop.abort();
  else void train(order);
};
