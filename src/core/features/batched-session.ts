/** @file The frozen part in batches of the size that is fastest on this machine: found while it works, and remembered. */

import type { Feeds } from '../examples/modality.ts';
import type { Graph } from '../graph/graph.ts';
import { inTurns } from '../runtime/in-turns.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { FORWARD_BATCH } from './feature-extraction.ts';
import { frozenIdentity } from './frozen-identity.ts';
import { createFrozenSession } from './frozen-session.ts';
import { joinRows, rowsOfAll, sliceRows } from './tensor-rows.ts';

/** Remembers the sizes that were found. It may forget: then they are found again. */
export interface BatchSizes {
  read(key: string): Promise<number | undefined>;
  write(key: string, size: number): Promise<void>;
}

export interface BatchedSessionOptions {
  readonly sizes: BatchSizes;
  /** The same for the same network on the same machine. */
  readonly key: string;
  /** A clock, in milliseconds. Default the machine's. */
  readonly now?: () => number;
}

/**
 * A larger batch does less work more than once, a smaller one stays in the processor's cache: which of them wins depends on
 * the network and the machine. Of nine networks, 16 was up to 3% faster than 8 in two and up to 9% slower in five; it took
 * 30 to 60 MB more.
 */
export const BATCH_SIZES: readonly number[] = [1, 4, 8];

/** Where nothing was found: the fastest, or nearly, in all networks that were measured. */
export const USUAL_SIZE = 4;

/** How often each size has its turn: what else the machine does rarely disturbs all of them. */
const TURNS = 6;

/**
 * Wraps a session whose inputs and outputs are `[N, ...]`, with a row for each example.
 *
 * Sizes are tried on batches of {@link FORWARD_BATCH} that have to be computed anyhow, in turns; the least time of each
 * counts, by what the inputs hold. The results do not depend on what is tried and chosen: a first batch shows whether all
 * sizes give the same bits, and where they do not, nothing is tried.
 */
export function inFastestBatches(session: Session, options: BatchedSessionOptions): Session {
  return new BatchedSession(session, options);
}

/** A session of a frozen part that finds its own batches. */
export async function createBatchedSession(
  graph: Graph,
  {
    threads,
    sizes,
    runtime = platform,
  }: RuntimeOptions & { readonly threads: number | undefined; readonly sizes: BatchSizes },
): Promise<Session> {
  const session = await createFrozenSession(graph, { threads, runtime, sideBySide: true });
  const key = frozenIdentity(graph, { machine: await runtime.identity(threads) });
  return inFastestBatches(session, { sizes, key });
}

/** Remembers as long as the process lives. */
export function batchSizesInMemory(): BatchSizes {
  const sizes = new Map<string, number>();
  return {
    read: async (key) => sizes.get(key),
    write: async (key, size) => void sizes.set(key, size),
  };
}

class BatchedSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #session: Session;
  readonly #options: BatchedSessionOptions;
  #wasLookedUp = false;
  /** Undefined while sizes are tried. */
  #size: number | undefined;
  /** The times of one number of the inputs, by size: batches of texts differ in length. Undefined before all sizes gave the same bits. */
  #times: Map<number, number[]> | undefined;

  constructor(session: Session, options: BatchedSessionOptions) {
    this.#session = session;
    this.#options = options;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  async run(feeds: Feeds, fetches: readonly string[] = this.outputNames): Promise<Record<string, Tensor>> {
    const count = countOf(feeds);
    if (!this.#wasLookedUp) {
      const known = await this.#options.sizes.read(this.#options.key);
      this.#wasLookedUp = true;
      // What an older version tried may be no size any more.
      if (known !== undefined && BATCH_SIZES.includes(known)) this.#size = known;
    }
    if (this.#size !== undefined || count < FORWARD_BATCH) {
      return this.#inBatches(feeds, this.#size ?? USUAL_SIZE, fetches);
    }
    return this.#times === undefined
      ? this.#compareBits(feeds, fetches)
      : this.#try(feeds, fetches, this.#times);
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  /** It also warms every size up. */
  async #compareBits(feeds: Feeds, fetches: readonly string[]): Promise<Record<string, Tensor>> {
    const all = await this.#inBatches(feeds, USUAL_SIZE, fetches);
    let isSame = true;
    for (const size of BATCH_SIZES) {
      if (size === USUAL_SIZE) continue;
      const part = await this.#session.run(rowsOfAll(feeds, 0, size), fetches);
      isSame &&= fetches.every((name) => haveSameBits(part[name]!, sliceRows(all[name]!, 0, size)));
    }
    if (isSame) this.#times = new Map(BATCH_SIZES.map((size) => [size, []]));
    else await this.#choose(USUAL_SIZE);
    return all;
  }

  async #try(
    feeds: Feeds,
    fetches: readonly string[],
    times: Map<number, number[]>,
  ): Promise<Record<string, Tensor>> {
    const { now = () => performance.now() } = this.#options;
    const [size, own] = [...times].reduce((a, b) => (b[1].length < a[1].length ? b : a));
    const started = now();
    const results = await this.#inBatches(feeds, size, fetches);
    own.push((now() - started) / numbersOf(feeds));
    if ([...times.values()].every(({ length }) => length === TURNS)) {
      const min = (some: number): number => Math.min(...times.get(some)!);
      await this.#choose(BATCH_SIZES.reduce((a, b) => (min(b) < min(a) ? b : a)));
    }
    return results;
  }

  async #choose(size: number): Promise<void> {
    this.#size = size;
    await this.#options.sizes.write(this.#options.key, size);
  }

  async #inBatches(feeds: Feeds, size: number, fetches: readonly string[]): Promise<Record<string, Tensor>> {
    const count = countOf(feeds);
    if (count <= size) return this.#session.run(feeds, fetches);
    const { atOnce = 1 } = this.#session;
    const parts: Record<string, Tensor>[] = [];
    // The same parts whoever computes them, so the same bits.
    const runPart = async (part: number): Promise<void> => {
      parts[part] = await this.#session.run(rowsOfAll(feeds, part * size, (part + 1) * size), fetches);
    };
    await inTurns(0, Math.ceil(count / size), undefined, runPart, atOnce);
    return Object.fromEntries(fetches.map((name) => [name, joinRows(parts.map((part) => part[name]!))]));
  }
}

function countOf(feeds: Feeds): number {
  return Object.values(feeds)[0]!.shape[0]!;
}

function numbersOf(feeds: Feeds): number {
  return Object.values(feeds).reduce((sum, { data }) => sum + data.length, 0);
}

function haveSameBits(a: Tensor, b: Tensor): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) return false;
  // Megabytes: a callback for each would take a while.
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

function bytesOf({ data: { buffer, byteOffset, byteLength } }: Tensor): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
