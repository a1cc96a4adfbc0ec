/** @file A block of a Transformer that looks both ways: attention, then two dense layers. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { lowerActivation } from './activations.ts';
import { AdaptableLayer, type Projection } from './adaptable-layer.ts';
import {
  type AttentionShape,
  attentionProjections,
  attentionWeightSpecs,
  emitAttention,
} from './attention.ts';
import { ones, zeros } from './initializers.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import { emitLayerNormalization } from './layer-normalization.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { sequenceWidth, toLayerShape } from './sequence-shape.ts';

const OPTIONS = {
  /** Width of the first of the two dense layers. */
  intermediateDim: { type: 'count' },
  /** How many heads attend; they divide the width of the input. */
  numHeads: { type: 'count' },
  dropout: { type: 'fixed', value: 0 },
  /** Of the first dense layer. Default `relu`. */
  activation: { type: 'activation', default: 'relu' },
  /** Added to variances, > 0. Default 1e-5. */
  layerNormEpsilon: { type: 'number', default: 1e-5 },
  /** Default `glorotUniform`. */
  kernelInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
  /** Whether the normalizations stand before attention and dense layers, not behind the sums. Default false. */
  normalizeFirst: { type: 'boolean', default: false },
} as const;

export type TransformerEncoderOptions = OptionsOf<typeof OPTIONS>;

export interface TransformerEncoder extends ValuesOf<typeof OPTIONS> {}

/**
 * KerasHub's TransformerEncoder: `h = norm(x + attention(x))`, `y = norm(h + dense(activation(dense(h))))`, or with the
 * normalizations first. Applied to `[N, S, D]`, or to that and a mask `[N, S]` with 0 at padding, to which nothing attends.
 * The shape stays. Weights by KerasHub's names: `self_attention_layer/query/kernel`, `feedforward_output_dense/bias`, ...
 *
 * @throws {GraftError} `shape`, if the input is no sequence, or the heads do not divide its width.
 * @see https://arxiv.org/abs/1706.03762
 */
export class TransformerEncoder extends AdaptableLayer<typeof OPTIONS> {
  static readonly className = 'TransformerEncoder';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  override get projections(): readonly Projection[] {
    const attention = this.#attention(this.output.inputs.map(({ shape }) => shape));
    const width = attention.queryWidth;
    const dense = (target: string, rows: number, columns: number): Projection => ({
      target,
      kernel: `${target}/kernel`,
      rows,
      columns,
    });
    return [
      ...attentionProjections(attention, 'self_attention_layer/'),
      dense('feedforward_intermediate_dense', width, this.intermediateDim),
      dense('feedforward_output_dense', this.intermediateDim, width),
    ];
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const attention = this.#attention(inputs);
    const width = attention.queryWidth;
    const { intermediateDim, kernelInitializer, biasInitializer } = this;
    const normalization = (name: string): WeightSpec[] => [
      { name: `${name}/gamma`, shape: [width], initializer: ones() },
      { name: `${name}/beta`, shape: [width], initializer: zeros() },
    ];
    const dense = (name: string, from: number, to: number): WeightSpec[] => [
      { name: `${name}/kernel`, shape: [from, to], initializer: kernelInitializer },
      { name: `${name}/bias`, shape: [to], initializer: biasInitializer },
    ];
    return [
      ...attentionWeightSpecs(attention, { useBias: true, kernelInitializer, biasInitializer }).map(
        (spec) => ({ ...spec, name: `self_attention_layer/${spec.name}` }),
      ),
      ...normalization('self_attention_layer_norm'),
      ...normalization('feedforward_layer_norm'),
      ...dense('feedforward_intermediate_dense', width, intermediateDim),
      ...dense('feedforward_output_dense', intermediateDim, width),
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const [x, mask] = inputs.map((each) => asPlain(ops, each));
    const shape = this.#attention([toLayerShape(x!)]);
    const weight = (name: string): Value => lowering.weight(this, name);
    const normalize = (value: Value, name: string): Value =>
      emitLayerNormalization(ops, value, {
        epsilon: this.layerNormEpsilon,
        gamma: () => weight(`${name}/gamma`),
        beta: () => weight(`${name}/beta`),
        name: `${this.name}/${name}/Add`,
      });
    const dense = (value: Value, name: string): Value => {
      const kernel = `${name}/kernel`;
      const product = ops.matMul(value, weight(kernel), { name: `${this.name}/${name}/MatMul` });
      return ops.add(this.adapted(lowering, value, kernel, product), weight(`${name}/bias`));
    };
    const residual = (value: Value, name: string, branch: (value: Value) => Value): Value =>
      this.normalizeFirst
        ? ops.add(branch(normalize(value, name)), value)
        : normalize(ops.add(branch(value), value), name);
    const attended = residual(x!, 'self_attention_layer_norm', (value) =>
      emitAttention(ops, { query: value, key: value, value, mask }, shape, {
        useBias: true,
        name: `${this.name}/self_attention_layer`,
        weight: (name) => weight(`self_attention_layer/${name}`),
        adapted: (from, kernel, product) =>
          this.adapted(lowering, from, `self_attention_layer/${kernel}`, product),
      }),
    );
    const value = residual(attended, 'feedforward_layer_norm', (given) => {
      const wide: Lowered = { value: dense(given, 'feedforward_intermediate_dense'), layout: 'plain' };
      const active = lowerActivation(ops, this.activation, wide, this.name);
      return dense(active.value, 'feedforward_output_dense');
    });
    return { value, layout: 'plain' };
  }

  #attention(inputs: readonly LayerShape[]): AttentionShape {
    const width = sequenceWidth(this.name, inputs);
    const { numHeads } = this;
    const keyDim = width / numHeads;
    if (!Number.isInteger(keyDim)) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input whose width its ${numHeads} heads divide`,
        received: `width ${width}`,
        advice: 'Choose another numHeads.',
      });
    }
    return {
      queryWidth: width,
      keyWidth: width,
      valueWidth: width,
      outputWidth: width,
      numHeads,
      keyDim,
      valueDim: keyDim,
    };
  }
}
