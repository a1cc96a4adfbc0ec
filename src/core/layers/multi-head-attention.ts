/** @file Multi-head attention. */

import { GraftError } from '../errors/graft-error.ts';
import { AdaptableLayer, type Projection } from './adaptable-layer.ts';
import {
  type AttentionShape,
  attentionProjections,
  attentionWeightSpecs,
  emitAttention,
} from './attention.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { toLayerShape } from './sequence-shape.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  numHeads: { type: 'count' },
  /** Width of a head's queries and keys. */
  keyDim: { type: 'count' },
  /** Width of a head's values. Default `keyDim`. */
  valueDim: { type: 'count', sameAs: 'keyDim' },
  dropout: { type: 'fixed', value: 0 },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  useGate: { type: 'fixed', value: false },
  /** Width of the output, Keras' `output_shape`. Default null: that of the query. */
  outputDim: { type: 'axis', default: null, inList: true, key: 'output_shape' },
  /** The axis that is attended along; only `[1]`, the default. */
  attentionAxes: { type: 'integers', default: [1] },
  slidingWindow: { type: 'ignored', value: null },
  /** Default `glorotUniform`. */
  kernelInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
  seed: { type: 'ignored', value: null },
} as const;

export type MultiHeadAttentionOptions = OptionsOf<typeof OPTIONS>;

export interface MultiHeadAttention extends ValuesOf<typeof OPTIONS> {}

/**
 * Every place of the query attends to all places of the value, in `numHeads` heads.
 *
 * Applied to `[query, value]`, `[query, value, key]` (by default the value) or `[query, value, key, mask]`: query
 * `[N, T, D]`, value and key `[N, S, ...]`, mask `[N, S]` with 1 where there is a token and 0 at padding. Output `[N, T, D]`.
 * Weights by Keras' names: `query/kernel` `[D, H, K]`, `query/bias` `[H, K]`, ..., `attention_output/kernel` `[H, V, D]`.
 *
 * @throws {GraftError} `shape`, if the inputs are no sequences of known widths.
 * @see https://arxiv.org/abs/1706.03762
 */
export class MultiHeadAttention extends AdaptableLayer<typeof OPTIONS> {
  static readonly className = 'MultiHeadAttention';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  override get projections(): readonly Projection[] {
    return attentionProjections(this.#shape(this.output.inputs.map(({ shape }) => shape)));
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    return attentionWeightSpecs(this.#shape(inputs), this);
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [...inputs[0]!.slice(0, 2), this.#shape(inputs).outputWidth];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const [query, value, key = value, mask] = inputs.map((each) => asPlain(ops, each));
    const shape = this.#shape(inputs.map(({ value: each }) => toLayerShape(each)));
    const result = emitAttention(ops, { query: query!, value: value!, key: key!, mask }, shape, {
      useBias: this.useBias,
      name: this.name,
      weight: (name) => lowering.weight(this, name),
      adapted: (x, kernel, product) => this.adapted(lowering, x, kernel, product),
    });
    return { value: result, layout: 'plain' };
  }

  #shape(inputs: readonly LayerShape[]): AttentionShape {
    const sequences = inputs.slice(0, 3);
    const [queryWidth, valueWidth, keyWidth = valueWidth] = sequences.map((shape) => shape[2]);
    const fits =
      inputs.length >= 2 &&
      inputs.length <= 4 &&
      sequences.every((shape) => shape.length === 3 && typeof shape[2] === 'number') &&
      (inputs[3]?.length ?? 2) === 2 &&
      this.attentionAxes.join() === '1';
    if (!fits) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected:
          'inputs [N, T, D], [N, S, D] of query and value, then perhaps a key [N, S, D] and a mask [N, S]',
        received: inputs.map(showShape).join(', '),
        advice: 'Apply it to [query, value, key, mask].',
      });
    }
    const { numHeads, keyDim, valueDim } = this;
    const outputWidth = this.outputDim ?? queryWidth!;
    return {
      queryWidth: queryWidth!,
      keyWidth: keyWidth!,
      valueWidth: valueWidth!,
      outputWidth,
      numHeads,
      keyDim,
      valueDim,
    };
  }
}
