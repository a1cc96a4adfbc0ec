/** @file The ids of texts, as a network takes them: kept by their content where there is a store, else in memory, some of them. */

import { HASH_BYTES } from '../../core/examples/content-hashes.ts';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { Runtime, RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import type { LongText } from './long-texts.ts';
import { type TextIds, TextTokenizing } from './text-tokenizing.ts';

/** Where the ids of texts are kept between runs: `FeatureStores.space`. */
export type TokenStores = {
  space(
    key: string,
    about: Readonly<Record<string, string | number>>,
    bytesPerEntry: undefined,
  ): Promise<FeatureStore>;
};

/** Another thread that tokenizes. */
export interface TokenizingThread {
  /** The ids of some texts, in their order. @throws {GraftError} `runtime`, if the thread is gone. */
  tokenize(texts: readonly string[]): Promise<readonly TextIds[]>;
  stop(): Promise<void>;
}

/** How texts become ids. */
export interface TextTokensOptions extends RuntimeOptions {
  readonly tokenizer: TextTokenizer;
  /** The most ids of a text, special ones included. */
  readonly maxTokens: number;
  /** What is read of a text that has more. Default `head`. */
  readonly long?: LongText | undefined;
  /** Where ids are kept. Default: in memory, as long as they are few. */
  readonly stores?: TokenStores | undefined;
  /** What the kept ids are called, for people: the name of the network. */
  readonly name?: string | undefined;
  /** Starts a thread that tokenizes many texts. Default: the caller's does it, in turns with its other work. */
  readonly startThread?: ((tokenizing: TextTokenizing) => TokenizingThread | undefined) | undefined;
}

/** Texts that are tokenized before the program's other work has a turn. */
const TEXTS_A_TURN = 64;
/** Ids that are kept in memory, about, with their texts; others are made anew, which takes little beside the network's time. */
const MAX_KEPT_IDS = 2 ** 17;
/** Fewer are tokenized sooner than a thread has started. */
const TEXTS_FOR_THREAD = 256;

export class TextTokens {
  readonly maxTokens: number;
  readonly long: LongText;
  readonly #tokenizer: TextTokenizer;
  readonly #tokenizing: TextTokenizing;
  readonly #options: Pick<TextTokensOptions, 'stores' | 'name' | 'startThread'>;
  readonly #runtime: Runtime;
  /** Where there is no store. */
  readonly #kept = new Map<string, TextIds>();
  #keptIds = 0;
  #store: Promise<FeatureStore | undefined> | undefined;
  #thread: TokenizingThread | undefined;

  constructor({ tokenizer, maxTokens, long = 'head', runtime = platform, ...options }: TextTokensOptions) {
    this.#tokenizer = tokenizer;
    this.#tokenizing = new TextTokenizing({ tokenizer, maxTokens, long });
    this.#options = options;
    this.#runtime = runtime;
    this.maxTokens = maxTokens;
    this.long = long;
  }

  /**
   * The ids of texts, at most `maxTokens` of each, in the order of the texts.
   *
   * @param hashes - Gets their SHA-256, `[N, 32]`, where ids are kept by it.
   * @throws The signal's reason, if it aborts.
   */
  async of(
    texts: readonly string[],
    signal?: AbortSignal,
    hashes: Uint8Array = new Uint8Array(texts.length * HASH_BYTES),
  ): Promise<readonly TextIds[]> {
    this.#store ??= this.#openStore();
    const store = await this.#store;
    const keys = store && this.#keysOf(texts, hashes);
    const found =
      store === undefined || keys === undefined
        ? texts.map((text) => this.#kept.get(text))
        : readIds(store, keys, texts.length);
    const lacking = found.flatMap((ids, index) => (ids === undefined ? index : []));
    const made = await this.#tokenize(
      lacking.map((index) => texts[index]!),
      signal,
    );
    lacking.forEach((index, place) => {
      found[index] = made[place];
      if (store === undefined) this.#keep(texts[index]!, made[place]!);
    });
    if (store !== undefined && keys !== undefined) {
      // The same text twice is one entry.
      const seen = new Set<string>();
      const once = lacking.filter((index) => !seen.has(texts[index]!) && seen.add(texts[index]!));
      await writeIds(
        store,
        keys,
        once,
        once.map((index) => found[index]!),
      );
    }
    return found as readonly TextIds[];
  }

  /** What determines ids beside the text. */
  get identity(): Readonly<Record<string, unknown>> {
    const { maxTokens, long } = this;
    return { tokenizer: this.#runtime.sha256().update(this.#tokenizer.json).hex(), maxTokens, long };
  }

  /** Ends the thread that tokenizes: it starts again where it is needed. */
  async rest(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.stop();
  }

  #keep(text: string, made: TextIds): void {
    if (this.#keptIds > MAX_KEPT_IDS) return;
    this.#keptIds += made.ids.length;
    // A part of what was made of many texts would keep all of it in memory.
    this.#kept.set(text, { ...made, ids: made.ids.slice() });
  }

  async #tokenize(texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly TextIds[]> {
    if (texts.length >= TEXTS_FOR_THREAD) this.#thread ??= this.#options.startThread?.(this.#tokenizing);
    if (this.#thread !== undefined && texts.length > 0) {
      const made = await this.#thread.tokenize(texts);
      signal?.throwIfAborted();
      return made;
    }
    const made: TextIds[] = [];
    for (const text of texts) {
      if (made.length % TEXTS_A_TURN === 0) await this.#runtime.nextTurn();
      signal?.throwIfAborted();
      made.push(this.#tokenizing.of(text));
    }
    return made;
  }

  async #openStore(): Promise<FeatureStore | undefined> {
    const { stores, name = 'tokenizer' } = this.#options;
    const { maxTokens } = this;
    const key = this.#runtime
      .sha256()
      .update(JSON.stringify({ ids: 1, ...this.identity }))
      .hex();
    const store = await stores?.space(key, { backbone: name, cut: 'ids', maxTokens }, undefined);
    // A store of someone's own may not know of lengths.
    return store?.lengths === undefined ? undefined : store;
  }

  #keysOf(texts: readonly string[], keys: Uint8Array): Uint8Array {
    texts.forEach((text, index) => {
      keys.set(this.#runtime.sha256().update(text).bytes(), index * HASH_BYTES);
    });
    return keys;
  }
}

/** An entry is whether the text is longer, then its ids: int32. */
function readIds(store: FeatureStore, keys: Uint8Array, count: number): (TextIds | undefined)[] {
  const found = new Array<TextIds | undefined>(count).fill(undefined);
  const locations = store.locate(keys);
  const rows = Uint32Array.from([...locations.keys()].filter((row) => locations[row]! >= 0));
  const lengths = store.lengths!(locations, rows);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const bad = new Set(store.read(locations, rows, bytes));
  const flags = new Int32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
  let start = 0;
  rows.forEach((row, index) => {
    const length = lengths[index]!;
    if (!bad.has(index) && length >= 4 && length % 4 === 0) {
      const ids = new Int32Array(bytes.buffer, start + 4, length / 4 - 1);
      found[row] = { ids, isLong: flags[start / 4] === 1 };
    }
    start += length;
  });
  return found;
}

async function writeIds(
  store: FeatureStore,
  keys: Uint8Array,
  rows: readonly number[],
  made: readonly TextIds[],
): Promise<void> {
  if (rows.length === 0) return;
  const lengths = Uint32Array.from(made, ({ ids }) => 4 * (ids.length + 1));
  const values = new Int32Array(lengths.reduce((sum, length) => sum + length, 0) / 4);
  const wanted = new Uint8Array(rows.length * HASH_BYTES);
  let start = 0;
  made.forEach(({ ids, isLong }, index) => {
    const row = rows[index]!;
    wanted.set(keys.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES), index * HASH_BYTES);
    values[start] = isLong ? 1 : 0;
    values.set(ids, start + 1);
    start += ids.length + 1;
  });
  await store.put(wanted, new Uint8Array(values.buffer), lengths);
}
