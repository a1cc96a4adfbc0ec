/** @file The program of a worker that trains, in a browser where the first worker that helps it ends in the middle of its second run. */

import '../../dist/web/training-worker.js';

type Started = new (address: string, options: object) => HelpingWorker;
interface HelpingWorker {
  onerror: ((event: object) => void) | null;
  postMessage(message: unknown, moved?: readonly unknown[]): void;
  terminate(): void;
}

const page = globalThis as unknown as { Worker: Started; postMessage(message: unknown): void };
let [started, runs] = [0, 0];

page.Worker = class extends page.Worker {
  readonly #isFirst = ++started === 1;

  override postMessage(message: { readonly type: string }, moved?: readonly unknown[]): void {
    super.postMessage(message, moved);
    if (!this.#isFirst || message.type !== 'run' || ++runs < 2) return;
    this.terminate();
    setTimeout(() => {
      const text = `lost one of ${started} workers`;
      page.postMessage({ type: 'event', event: { type: 'note', text } });
      this.onerror?.({ message: 'lost' });
    });
  }
};
