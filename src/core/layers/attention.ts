/** @file Scaled dot-product attention of several heads, as operators. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Projection } from './adaptable-layer.ts';
import type { Initializer } from './initializers.ts';
import type { WeightSpec } from './layer.ts';

/** As Keras' Softmax: what is masked gets this added before, so that a row without anything to attend to stays finite. */
const MASKED = 1e9;

export interface AttentionShape {
  readonly queryWidth: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly outputWidth: number;
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
}

export interface AttentionOptions {
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;
}

export interface AttentionInputs {
  /** `[N, T, queryWidth]` */
  readonly query: Value;
  /** `[N, S, keyWidth]` */
  readonly key: Value;
  /** `[N, S, valueWidth]` */
  readonly value: Value;
  /** `[N, S]`: 1 where there is something to attend to, 0 at padding. */
  readonly mask: Value | undefined;
}

/** Keras' weights, in its order: `query/kernel` is `[D, H, K]`. */
export function attentionWeightSpecs(shape: AttentionShape, options: AttentionOptions): WeightSpec[] {
  const { queryWidth, keyWidth, valueWidth, outputWidth, numHeads, keyDim, valueDim } = shape;
  const projection = (name: string, kernel: number[], bias: number[]): WeightSpec[] => {
    const weights = [{ name: `${name}/kernel`, shape: kernel, initializer: options.kernelInitializer }];
    if (!options.useBias) return weights;
    return [...weights, { name: `${name}/bias`, shape: bias, initializer: options.biasInitializer }];
  };
  return [
    ...projection('query', [queryWidth, numHeads, keyDim], [numHeads, keyDim]),
    ...projection('key', [keyWidth, numHeads, keyDim], [numHeads, keyDim]),
    ...projection('value', [valueWidth, numHeads, valueDim], [numHeads, valueDim]),
    ...projection('attention_output', [numHeads, valueDim, outputWidth], [outputWidth]),
  ];
}

/** The kernels of {@link attentionWeightSpecs} that can have adapters. @param prefix - Of their names in the layer. */
export function attentionProjections(shape: AttentionShape, prefix = ''): readonly Projection[] {
  const { queryWidth, keyWidth, valueWidth, outputWidth, numHeads, keyDim, valueDim } = shape;
  const projection = (target: string, rows: number, columns: number): Projection => ({
    target,
    kernel: `${prefix}${target}/kernel`,
    rows,
    columns,
  });
  return [
    projection('query', queryWidth, numHeads * keyDim),
    projection('key', keyWidth, numHeads * keyDim),
    projection('value', valueWidth, numHeads * valueDim),
    projection('attention_output', numHeads * valueDim, outputWidth),
  ];
}

/** How the weights of an attention come into the graph. */
export interface EmitAttentionOptions {
  readonly useBias: boolean;
  readonly name: string;
  /** The value of one of {@link attentionWeightSpecs}. */
  readonly weight: (name: string) => Value;
  /** What a kernel gave for x, with what an adapter beside it adds. */
  readonly adapted: (x: Value, kernel: string, product: Value) => Value;
}

/**
 * `softmax(q k' / sqrt(keyDim)) v` of every head, joined and projected: `[N, T, outputWidth]`.
 *
 * @see https://arxiv.org/abs/1706.03762
 */
export function emitAttention(
  ops: Ops,
  { query, key, value, mask }: AttentionInputs,
  { numHeads, keyDim, valueDim, outputWidth }: AttentionShape,
  { useBias, name, weight, adapted }: EmitAttentionOptions,
): Value {
  const project = (x: Value, projection: string, width: number): Value => {
    const kernel = `${projection}/kernel`;
    const plain = ops.matMul(x, ops.reshape(weight(kernel), [-1, width]), {
      name: `${name}/${projection}/MatMul`,
    });
    const product = adapted(x, kernel, plain);
    return useBias ? ops.add(product, ops.reshape(weight(`${projection}/bias`), [width])) : product;
  };
  const heads = (x: Value, projection: string, width: number): Value =>
    ops.reshape(project(x, projection, numHeads * width), [0, 0, numHeads, width]);
  const scaled = ops.mul(heads(query, 'query', keyDim), 1 / Math.sqrt(keyDim));
  const q = ops.transpose(scaled, [0, 2, 1, 3]);
  const k = ops.transpose(heads(key, 'key', keyDim), [0, 2, 3, 1]);
  const v = ops.transpose(heads(value, 'value', valueDim), [0, 2, 1, 3]);
  let scores = ops.matMul(q, k);
  if (mask !== undefined) scores = ops.add(scores, ops.unsqueeze(emitMaskBias(ops, mask), [1, 2]));
  const attended = ops.transpose(ops.matMul(ops.softmax(scores, -1), v), [0, 2, 1, 3]);
  return project(ops.reshape(attended, [0, 0, numHeads * valueDim]), 'attention_output', outputWidth);
}

/** What is added to scores: 0 where the mask is 1, and very low where it is 0. */
function emitMaskBias(ops: Ops, mask: Value): Value {
  return ops.mul(ops.sub(ops.cast(mask, 'float32'), 1), MASKED);
}
