/** @file Rows for ids and for their places, added. */

import { emitRows } from './embedding.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { emitPositions } from './position-embedding.ts';

const OPTIONS = {
  /** How many ids there are. */
  vocabularySize: { type: 'count' },
  /** The longest sequence there may be. */
  sequenceLength: { type: 'count' },
  /** Width of the output. */
  embeddingDim: { type: 'count' },
  /** Default `randomUniform`. */
  embeddingsInitializer: { type: 'initializer', default: 'randomUniform' },
  /** KerasHub's; it matters to layers that embed back. Default true. */
  tieWeights: { type: 'boolean', default: true },
  /** Padding is an id below 0, as 0 may be a token. */
  maskZero: { type: 'fixed', value: false },
} as const;

export type TokenAndPositionEmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface TokenAndPositionEmbedding extends ValuesOf<typeof OPTIONS> {}

/**
 * KerasHub's TokenAndPositionEmbedding: ids `[N, S]`, int64 or int32, to `[N, S, embeddingDim]`, by the tables
 * `token_embedding/embeddings` `[vocabularySize, embeddingDim]` and `position_embedding/embeddings`
 * `[sequenceLength, embeddingDim]`. An id below 0 is padding, and has no row of its own.
 */
export class TokenAndPositionEmbedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'TokenAndPositionEmbedding';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(): readonly WeightSpec[] {
    const { vocabularySize, sequenceLength, embeddingDim, embeddingsInitializer: initializer } = this;
    return [
      { name: 'token_embedding/embeddings', shape: [vocabularySize, embeddingDim], initializer },
      { name: 'position_embedding/embeddings', shape: [sequenceLength, embeddingDim], initializer },
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [...inputs[0]!, this.embeddingDim];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const ids = asPlain(ops, inputs[0]!);
    const rows = emitRows(ops, lowering.weight(this, 'token_embedding/embeddings'), ids);
    const places = emitPositions(ops, lowering.weight(this, 'position_embedding/embeddings'), ids);
    return { value: ops.add(rows, places, { name: `${this.name}/Add` }), layout: 'plain' };
  }
}
