/** @file A text that is continued token by token: the session, and what it remembers. */

import { speedUp } from '../../core/graph/passes/speed-up.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { type CreateSessionOptions, createSession } from '../../core/runtime/create-session.ts';
import type { Session } from '../../core/runtime/session.ts';
import { integers } from '../../core/tensor/tensor.ts';
import { decodingGraph } from './decoding-graph.ts';
import { memoryWithRoom, type TokenMemory } from './token-memory.ts';

/** A network that continues texts, one at a time. */
export class Decoder {
  readonly #session: Session;
  readonly #createMemory: () => TokenMemory;

  /**
   * @param session - Of a graph as `decodingGraph` emits it.
   * @param createMemory - Makes the memory of a text, as that graph has it.
   */
  constructor(session: Session, createMemory: () => TokenMemory) {
    this.#session = session;
    this.#createMemory = createMemory;
  }

  /** Compiles a network. @throws {GraftError} `runtime`; `memory`, if there is too little for it. */
  static async create(model: Functional, options: CreateSessionOptions = {}): Promise<Decoder> {
    const { graph, cache } = decodingGraph(model, { hasRoom: true });
    // One token at a time gains little by packed weights, which are copies of all.
    const session = await createSession(speedUp(graph), { ...options, sparesMemory: true });
    return new Decoder(session, () => memoryWithRoom(cache));
  }

  /** Begins a text. */
  begin(): DecodedText {
    return new DecodedText(this.#session, this.#createMemory());
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}

/** A text so far. */
export class DecodedText {
  readonly #session: Session;
  readonly #memory: TokenMemory;

  constructor(session: Session, memory: TokenMemory) {
    this.#session = session;
    this.#memory = memory;
  }

  /** Goes on with these tokens. @returns Logits of what comes next. */
  async extend(ids: readonly number[]): Promise<Float32Array> {
    const results = await this.#session.run({
      input_ids: integers(ids, [1, ids.length]),
      ...this.#memory.feeds(),
    });
    this.#memory.take(results, ids.length);
    return results['logits']!.data as Float32Array;
  }
}
