/** @file Which runs of tokens a text has, and how much each tells: bags of n-grams beside a network. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Where the n-grams of each length begin in `pool`, from one id on. */
  ngramCounts: { type: 'integers' },
  /** The ids of all n-grams, one after another: those of one id, then those of two, and so on. */
  pool: { type: 'integers' },
  /** What each n-gram counts, Keras' `idf_weights`: one number for each. */
  idfWeights: { type: 'numbers' },
} as const;

export type TokenNgramsOptions = OptionsOf<typeof OPTIONS>;

export interface TokenNgrams extends ValuesOf<typeof OPTIONS> {}

/**
 * Ids `[N, S]` to `[N, n-grams]`: how often each n-gram stands in the text, times its weight, in the order of the pool. Padding, below 0,
 * is part of none.
 *
 * @throws {GraftError} `argument`, if counts, pool and weights do not fit each other; `shape`, if the input is no list of ids.
 */
export class TokenNgrams extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'TokenNgrams';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  constructor(options: TokenNgramsOptions) {
    super(options);
    const { ngramCounts, pool, idfWeights } = this;
    const counts = ngramCounts.map(
      (start, index) => ((ngramCounts[index + 1] ?? pool.length) - start) / (index + 1),
    );
    const count = counts.reduce((sum, each) => sum + each, 0);
    const fits = ngramCounts[0] === 0 && counts.every((each) => Number.isInteger(each) && each >= 0);
    if (fits && count === idfWeights.length && count > 0) return;
    throw new GraftError('argument', {
      where: `layer "${this.name}"`,
      expected: 'a weight for each n-gram of the pool, at least one',
      received: `${idfWeights.length} weights for a pool of ${pool.length} ids in parts from ${ngramCounts.join(', ')} on`,
      advice: 'Make all three with countNgrams.',
    });
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [batch, length, ...others] = inputs[0]!;
    if (length !== undefined && others.length === 0) return [batch!, this.idfWeights.length];
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'ids [N, S]',
      received: showShape(inputs[0]!),
      advice: 'Apply it to the input of ids.',
    });
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { ngramCounts, pool, idfWeights } = this;
    const value = ops.tfIdfVectorizer(
      asPlain(ops, inputs[0]!),
      {
        mode: 'TFIDF',
        min_gram_length: 1,
        max_gram_length: ngramCounts.length,
        max_skip_count: 0,
        ngram_counts: ngramCounts,
        ngram_indexes: [...idfWeights.keys()],
        pool_int64s: pool,
        weights: idfWeights,
      },
      { name: `${this.name}/TfIdfVectorizer` },
    );
    return { value, layout: 'plain' };
  }
}
