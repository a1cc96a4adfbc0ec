/** @file A text that is continued token by token: the session, and what it remembers. */

import type { Functional } from '../../core/layers/functional.ts';
import { type CreateSessionOptions, createSession } from '../../core/runtime/create-session.ts';
import type { Session } from '../../core/runtime/session.ts';
import { integers, type Tensor, zeros } from '../../core/tensor/tensor.ts';
import { type CacheShape, cacheNames, decodingGraph } from './decoding-graph.ts';

/** Keys and values of the tokens so far, by the names of their inputs. */
type Cache = ReadonlyMap<string, Tensor>;

interface Decoded {
  readonly logits: Float32Array;
  readonly cache: Cache;
}

type Run = (ids: readonly number[], cache: Cache) => Promise<Decoded>;

/** A network that continues texts, one at a time. */
export class Decoder {
  readonly #session: Session;
  readonly #cache: CacheShape;

  /** @param session - Of a graph as `decodingGraph` emits it. */
  constructor(session: Session, cache: CacheShape) {
    this.#session = session;
    this.#cache = cache;
  }

  /** Compiles a network. @throws {GraftError} `runtime`; `memory`, if there is too little for it. */
  static async create(model: Functional, options: CreateSessionOptions = {}): Promise<Decoder> {
    const { graph, cache } = decodingGraph(model);
    // One token at a time gains nothing by packed weights.
    return new Decoder(await createSession(graph, { ...options, sparesMemory: true }), cache);
  }

  /** Begins a text. */
  begin(): DecodedText {
    const { heads, width } = this.#cache;
    const tensors = cacheNames(this.#cache).map(
      ({ past }) => [past, zeros('float32', [1, heads, 0, width])] as const,
    );
    return new DecodedText((ids, cache) => this.#run(ids, cache), new Map(tensors));
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }

  async #run(ids: readonly number[], cache: Cache): Promise<Decoded> {
    const results = await this.#session.run({
      input_ids: integers(ids, [1, ids.length]),
      ...Object.fromEntries(cache),
    });
    const tensors = cacheNames(this.#cache).map(({ past, present }) => [past, results[present]!] as const);
    return { logits: results['logits']!.data as Float32Array, cache: new Map(tensors) };
  }
}

/** A text so far. */
export class DecodedText {
  readonly #run: Run;
  #cache: Cache;

  constructor(run: Run, cache: Cache) {
    this.#run = run;
    this.#cache = cache;
  }

  /** Goes on with these tokens. @returns Logits of what comes next. */
  async extend(ids: readonly number[]): Promise<Float32Array> {
    const { logits, cache } = await this.#run(ids, this.#cache);
    this.#cache = cache;
    return logits;
  }
}
