/**
 * @file A thread that answers requests, one after the other, each within a bound of processor time. What is measured is
 * the work of the thread and not the clock: on a machine that is busy with other things, good work takes long.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpuUsage } from 'node:process';
import type { Worker } from 'node:worker_threads';

/** Why there is no answer. `broken` is a thread that ended, by an error or by an exit of its own. */
export type Failure = { readonly kind: 'time' } | { readonly kind: 'broken'; readonly cause: unknown };

/** What a thread says first: how the system calls it, where that is known; or why it cannot begin. */
export type FirstWord = { readonly thread: string | undefined } | { readonly failure: string };

const LOOK_MS = 100;
/** Where a thread's own time is not known, that of the process counts: other threads may have most of it. */
const SHARED_BY = 4;
/** Linux counts the time of threads in hundredths of a second. */
const MS_PER_TICK = 10;

export class BoundedThread {
  readonly #worker: Worker;
  readonly #first: Promise<FirstWord>;
  #thread: string | undefined;

  /** @param worker - Its first message is a {@link FirstWord}. It does not keep the process alive between requests. */
  constructor(worker: Worker) {
    this.#worker = worker;
    this.#first = this.#next<FirstWord>().then((word) => {
      if ('kind' in word) return { failure: word.kind === 'broken' ? String(word.cause) : word.kind };
      if ('thread' in word) this.#thread = word.thread;
      return word;
    });
    // Why it could not begin is for who asks.
    worker.on('error', () => {});
  }

  /** Waits for the thread to begin. @returns Why it cannot. */
  async begin(): Promise<string | undefined> {
    this.#worker.ref();
    const word = await this.#first;
    this.#worker.unref();
    return 'failure' in word ? word.failure : undefined;
  }

  /** @returns The answer, or why there is none; the thread is then of no use any more. */
  async ask<Answer extends object>(
    request: unknown,
    limitMs: number,
    handedOver: ArrayBuffer[] = [],
  ): Promise<Answer | Failure> {
    const spentMs = startClock(this.#thread);
    let look: NodeJS.Timeout | undefined;
    this.#worker.ref();
    try {
      const answer = this.#next<Answer>();
      this.#worker.postMessage(request, handedOver);
      const timeIsUp = new Promise<Failure>((resolve) => {
        look = setInterval(() => {
          if (spentMs() > limitMs) resolve({ kind: 'time' });
        }, LOOK_MS);
      });
      return await Promise.race([answer, timeIsUp]);
    } finally {
      clearInterval(look);
      this.#worker.unref();
    }
  }

  end(): void {
    void this.#worker.terminate();
  }

  async #next<Message extends object>(): Promise<Message | Failure> {
    const end = new AbortController();
    const { signal } = end;
    try {
      return await Promise.race([
        once(this.#worker, 'message', { signal }).then(([message]) => message as Message),
        once(this.#worker, 'exit', { signal }).then(([code]): Failure => {
          return { kind: 'broken', cause: `exit with code ${code}` };
        }),
      ]);
    } catch (cause) {
      return { kind: 'broken', cause };
    } finally {
      end.abort();
    }
  }
}

/** Linux' name of the thread that calls: `1234`. */
export function ownThread(read: () => string): string | undefined {
  try {
    return /\/task\/(\d+)$/.exec(read())?.[1];
  } catch {
    return undefined;
  }
}

/** Counts processor time from now on: of the thread where the system tells it, else of the process. */
function startClock(thread: string | undefined): () => number {
  const startMs = thread === undefined ? undefined : threadMs(thread);
  if (thread !== undefined && startMs !== undefined) {
    return () => (threadMs(thread) ?? startMs) - startMs;
  }
  const start = cpuUsage();
  return () => {
    const { user, system } = cpuUsage(start);
    return (user + system) / 1000 / SHARED_BY;
  };
}

function threadMs(thread: string): number | undefined {
  try {
    const text = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    // The name before may hold anything but ends at the last parenthesis. The 14th and 15th fields of the whole line.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * MS_PER_TICK : undefined;
  } catch {
    return undefined;
  }
}
