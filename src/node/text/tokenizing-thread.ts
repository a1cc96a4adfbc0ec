/** @file A thread that tokenizes, so that the caller's has time for the network. */

import type { Worker } from 'node:worker_threads';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { LongText } from '../../text/modality/long-texts.ts';
import type { TextIds, TextTokenizing } from '../../text/modality/text-tokenizing.ts';
import type { TokenizingThread } from '../../text/modality/text-tokens.ts';
import type { TokenizerConfig } from '../../text/tokenizers/tokenizer.ts';
import { startThread } from '../threads/start-thread.ts';

/** What the thread is told when it starts. */
export interface TokenizeRequest {
  readonly json: string;
  readonly config: TokenizerConfig;
  readonly maxTokens: number;
  readonly long: LongText;
}

/** What it says of some texts: ids one after another. */
export interface TokenizedMessage {
  readonly ids: Int32Array;
  readonly lengths: Uint32Array;
  readonly isLong: Uint8Array;
}

/** The heap of the thread: a vocabulary of 250,000 pieces takes some 100 MB. */
const MAX_HEAP_MB = 512;

/** Starts a thread. @returns Undefined for a tokenizer that no thread can make again. */
export function startTokenizingThread({ options }: TextTokenizing): TokenizingThread | undefined {
  const { tokenizer, maxTokens, long } = options;
  const { json, config } = tokenizer;
  if (config === undefined) return undefined;
  const request: TokenizeRequest = { json, config, maxTokens, long };
  const worker = startThread(new URL('../text/tokenize-program.ts', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Thread(worker);
}

interface Waiting {
  readonly resolve: (made: readonly TextIds[]) => void;
  readonly reject: (error: GraftError) => void;
}

class Thread implements TokenizingThread {
  readonly #worker: Worker;
  /** In the order of the requests, which is that of the answers. */
  readonly #waiting: Waiting[] = [];
  #failure: GraftError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on('message', (message: TokenizedMessage) => this.#answer(message));
    worker.on('error', (cause) => this.#fail(cause));
    worker.on('exit', (code) => this.#fail(`exit with code ${code}`));
  }

  tokenize(texts: readonly string[]): Promise<readonly TextIds[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    // It keeps the program alive as long as somebody waits for it.
    this.#worker.ref();
    this.#worker.postMessage(texts);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async stop(): Promise<void> {
    this.#failure ??= threadError('stopped');
    await this.#worker.terminate();
  }

  #answer({ ids, lengths, isLong }: TokenizedMessage): void {
    const { resolve } = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#worker.unref();
    let start = 0;
    resolve(
      Array.from(lengths, (length, index) => {
        start += length;
        return { ids: ids.subarray(start - length, start), isLong: isLong[index] === 1 };
      }),
    );
  }

  #fail(cause: unknown): void {
    this.#failure ??= threadError(cause);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

function threadError(cause: unknown): GraftError {
  const received = cause instanceof Error ? cause.message : String(cause);
  return new GraftError(
    'runtime',
    {
      where: 'thread that tokenizes',
      expected: 'to stay until it is stopped',
      received,
      advice: 'Start again; if it happens again, give the program more memory.',
    },
    { cause },
  );
}
