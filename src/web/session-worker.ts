/** @file A worker that runs a session for another worker, on one thread. */

import type { Session } from '../core/runtime/session.ts';
import { browser } from './browser.ts';
import { createWebRuntime } from './runtime.ts';
import { buffersOf, type SessionAnswer, type SessionOrder } from './session-messages.ts';

let opened: Session | undefined;

/** Does what this worker is asked, and says what came of it. */
export async function serveSession(order: SessionOrder): Promise<void> {
  const say = (answer: SessionAnswer, moved: readonly ArrayBufferLike[] = []): void =>
    browser.postMessage!(answer, moved);
  try {
    if (order.type === 'session') {
      const { model, name, settings } = order;
      const runtime = createWebRuntime({ ...settings, threads: 1 });
      opened = await runtime.createSession(model, name, {});
      const { inputNames, outputNames } = opened;
      say({ type: 'session', inputNames, outputNames });
      return;
    }
    const results = await opened!.run(order.feeds, order.fetches);
    say({ type: 'ran', results }, buffersOf(results));
  } catch {
    say({ type: 'failed' });
  }
}
