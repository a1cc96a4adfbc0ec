/** @file Which n-grams of tokens tell texts apart: counted over the texts that train. */

import { Functional } from '../../core/layers/functional.ts';
import { layers } from '../../core/layers/layers.ts';
import type { TokenNgramsOptions } from '../../core/layers/token-ngrams.ts';

/** Which n-grams are kept. */
export interface CountNgramsOptions {
  /** The longest n-gram, in tokens. At least 1. */
  readonly length: number;
  /** The most n-grams that are kept: those that stand in most texts. Default 10,000. */
  readonly maxNgrams?: number | undefined;
  /** In how many texts an n-gram must stand at least. Default 2. */
  readonly minTexts?: number | undefined;
}

/** Counts, pool and weights of a TokenNgrams layer. */
export type NgramPool = Pick<TokenNgramsOptions, 'ngramCounts' | 'pool' | 'idfWeights'>;

/**
 * The n-grams of some texts, and how much each tells: `ln((1 + N) / (1 + n)) + 1` for one that stands in n of N texts, as
 * scikit-learn has it.
 *
 * @param texts - The ids of each.
 * @returns Undefined if no n-gram stands in enough texts.
 */
export function countNgrams(
  texts: readonly ArrayLike<number>[],
  { length, ...options }: CountNgramsOptions,
): NgramPool | undefined {
  const counter = new NgramCounter(length);
  for (const ids of texts) counter.add(ids);
  return counter.pool(options);
}

/** Counts n-grams text by text, see {@link countNgrams}. */
export class NgramCounter {
  readonly #length: number;
  readonly #found = new Map<string, { readonly ids: readonly number[]; texts: number; last: number }>();
  #texts = 0;

  /** @param length - The longest n-gram, in tokens. */
  constructor(length: number) {
    this.#length = length;
  }

  add(ids: ArrayLike<number>): void {
    const text = this.#texts++;
    for (let n = 1; n <= this.#length; n++) {
      for (let start = 0; start + n <= ids.length; start++) {
        const ngram = Array.from({ length: n }, (_, offset) => ids[start + offset]!);
        const key = ngram.join();
        const known = this.#found.get(key);
        if (known === undefined) this.#found.set(key, { ids: ngram, texts: 1, last: text });
        else if (known.last !== text) {
          known.texts++;
          known.last = text;
        }
      }
    }
  }

  pool({ maxNgrams = 10_000, minTexts = 2 }: Omit<CountNgramsOptions, 'length'> = {}): NgramPool | undefined {
    const kept = [...this.#found.values()]
      .filter((each) => each.texts >= minTexts)
      // Sorting is stable: of equals, the one that came first.
      .sort((a, b) => b.texts - a.texts)
      .slice(0, maxNgrams)
      .sort((a, b) => a.ids.length - b.ids.length);
    if (kept.length === 0) return undefined;
    const idsBefore = (n: number): number =>
      kept.reduce((sum, { ids }) => (ids.length < n ? sum + ids.length : sum), 0);
    const longest = kept.at(-1)!.ids.length;
    return {
      ngramCounts: Array.from({ length: longest }, (_, index) => idsBefore(index + 1)),
      pool: kept.flatMap(({ ids }) => ids),
      idfWeights: kept.map((each) => Math.log((1 + this.#texts) / (1 + each.texts)) + 1),
    };
  }
}

/** How n-grams stand beside a network. */
export interface AddNgramsOptions {
  /**
   * What the n-grams' vectors of length 1 are multiplied by, beside the network's. Default 4: with `use_lite`, a linear head then
   * tells 84.0% of SST-2's held-out texts and 91.8% of TREC-6's; with 1, 82.5% and 89.4%; without n-grams 79.8% and 89.4%.
   */
  readonly scale?: number | undefined;
}

/**
 * A network of texts with its n-grams beside its vectors: `[N, D + n-grams]`, from the same ids.
 *
 * @param encoder - Ids `[N, S]` to vectors `[N, D]`.
 */
export function addNgrams(
  encoder: Functional,
  pool: NgramPool,
  { scale = 4 }: AddNgramsOptions = {},
): Functional {
  const counted = layers.tokenNgrams({ ...pool, name: 'token_ngrams' }).apply(encoder.input);
  const unit = layers.unitNormalization({ name: 'ngrams_unit_normalization' }).apply(counted);
  const scaled = scale === 1 ? unit : layers.rescaling({ scale, name: 'ngrams_rescaling' }).apply(unit);
  const outputs = layers.concatenate({ name: 'with_ngrams' }).apply([encoder.output, scaled]);
  return new Functional({ inputs: encoder.inputs, outputs, name: encoder.name });
}
