/** @file Attention whose query heads share heads of keys and values, in groups. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { AdaptableLayer, type Projection } from './adaptable-layer.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { rotate } from './rotary-embedding.ts';
import { tokenPositions } from './token-positions.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Width of one head. */
  headDim: { type: 'count' },
  /** A multiple of `numKeyValueHeads`. */
  numQueryHeads: { type: 'count' },
  numKeyValueHeads: { type: 'count' },
  /** Of the attention's weights; only 0 is supported. */
  dropout: { type: 'number', default: 0, min: 0, below: 1e-9, advice: 'Put a Dropout layer behind it.' },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  /** Default `glorotUniform`. */
  kernelInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
  /** Whether a token sees only those before it and itself; an argument of the call in Keras. Default false. */
  useCausalMask: { type: 'boolean', default: false },
  /** Longest wave of rotary embeddings of queries and keys, as in KerasHub's decoders. Default none. */
  ropeMaxWavelength: { type: 'number', default: null, min: 1 },
  /** By what the frequencies of rotary embeddings are divided, `headDim / 2` numbers: an extended context. Default nothing. */
  ropeFrequencyDivisors: { type: 'numbers', default: null },
  /** Positions that rotary embeddings tell apart. Default 2048. */
  maxSequenceLength: { type: 'count', default: 2048 },
} as const;

export type GroupQueryAttentionOptions = OptionsOf<typeof OPTIONS>;

export interface GroupedQueryAttention extends ValuesOf<typeof OPTIONS> {}

/** Added to the scores of tokens that are not seen: their weights are 0 then, in float32. */
const UNSEEN = -1e9;

/**
 * Attention of a sequence to itself, or to a second one: `softmax(q k' / sqrt(headDim)) v` in every head, and a projection
 * of all heads. Inputs `[N, S, D]`, or that and `[N, T, D]`; output `[N, S, D]`. Kernels are `query/kernel`
 * `[D, numQueryHeads, headDim]`, `key/kernel` and `value/kernel` `[D, numKeyValueHeads, headDim]`,
 * `attention_output/kernel` `[numQueryHeads, headDim, D]`. With as many heads of keys as of queries it is multi-head
 * attention. Keys and values are not repeated for the heads that share them.
 *
 * @throws {GraftError} `shape`, if the inputs are not sequences of a known width; `argument`, if the heads do not fit.
 * @see https://arxiv.org/abs/2305.13245
 */
export class GroupedQueryAttention extends AdaptableLayer<typeof OPTIONS> {
  static readonly className = 'GroupedQueryAttention';
  static override readonly options: typeof OPTIONS = OPTIONS;
  static readonly onlyInGraft = true;

  constructor(options: GroupQueryAttentionOptions) {
    super(options);
    if (this.numQueryHeads % this.numKeyValueHeads === 0) return;
    throw new GraftError('argument', {
      where: `layer "${this.name}"`,
      expected: 'numQueryHeads that are a multiple of numKeyValueHeads',
      received: `${this.numQueryHeads} and ${this.numKeyValueHeads}`,
      advice: 'Let every head of keys serve as many query heads.',
    });
  }

  override get projections(): readonly Projection[] {
    const [query, source = query] = this.output.inputs.map(({ shape }) => Number(shape[2]));
    const heads = this.headDim * this.numQueryHeads;
    const shared = this.headDim * this.numKeyValueHeads;
    return [
      { target: 'query', kernel: 'query/kernel', rows: query!, columns: heads },
      { target: 'key', kernel: 'key/kernel', rows: source!, columns: shared },
      { target: 'value', kernel: 'value/kernel', rows: source!, columns: shared },
      { target: 'attention_output', kernel: 'attention_output/kernel', rows: heads, columns: query! },
    ];
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const [width, source = width] = inputs.map((shape) => this.#width(shape));
    const { headDim, numQueryHeads, numKeyValueHeads } = this;
    const shared = [numKeyValueHeads, headDim];
    return [
      ...this.#specs('query', [width!, numQueryHeads, headDim], [numQueryHeads, headDim]),
      ...this.#specs('key', [source!, ...shared], shared),
      ...this.#specs('value', [source!, ...shared], shared),
      ...this.#specs('attention_output', [numQueryHeads, headDim, width!], [width!]),
    ];
  }

  #specs(name: string, kernel: readonly number[], bias: readonly number[]): WeightSpec[] {
    const specs = [{ name: `${name}/kernel`, shape: kernel, initializer: this.kernelInitializer }];
    if (this.useBias) specs.push({ name: `${name}/bias`, shape: bias, initializer: this.biasInitializer });
    return specs;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops, decoding } = lowering;
    const [x, source = x] = inputs.map((input) => asPlain(ops, input));
    const { headDim, numQueryHeads, numKeyValueHeads: groups } = this;
    const perGroup = numQueryHeads / groups;
    const [toQuery, toKey, toValue, toOutput] = this.projections;
    const heads = (from: Value, projection: Projection, count: number): Value =>
      ops.reshape(this.#biased(lowering, from, projection), [0, -1, count, headDim]);
    // Divided before the product, which has more numbers.
    const query = ops.mul(this.#turned(lowering, heads(x!, toQuery!, numQueryHeads)), headDim ** -0.5);
    const key = ops.transpose(this.#turned(lowering, heads(source!, toKey!, groups)), [0, 2, 1, 3]);
    const value = ops.transpose(heads(source!, toValue!, groups), [0, 2, 1, 3]);
    const keys = decoding?.extend(this, 'key', key) ?? [key];
    const values = decoding?.extend(this, 'value', value) ?? [value];
    const grouped = this.#grouped(ops, query);
    let scores = joined(
      ops,
      keys.map((part) => ops.matMul(grouped, ops.transpose(part, [0, 1, 3, 2]))),
    );
    if (this.useCausalMask) scores = ops.add(scores, this.#causalBias(lowering, x!, key, perGroup));
    const mixed = weighted(ops, ops.softmax(scores, -1), values, decoding?.firstPart);
    const together = ops.reshape(this.#ungrouped(ops, mixed), [0, -1, numQueryHeads * headDim]);
    return { value: this.#biased(lowering, together, toOutput!), layout: 'plain' };
  }

  /**
   * The heads of a group one below the other: one product for all of them.
   *
   * @param query - `[N, S, heads, D]`.
   * @returns `[N, groups, perGroup S, D]`.
   */
  #grouped(ops: Ops, query: Value): Value {
    const { headDim, numQueryHeads, numKeyValueHeads: groups } = this;
    if (numQueryHeads === groups) return ops.transpose(query, [0, 2, 1, 3]);
    const apart = ops.reshape(query, [0, -1, groups, numQueryHeads / groups, headDim]);
    return ops.reshape(ops.transpose(apart, [0, 2, 3, 1, 4]), [0, groups, -1, headDim]);
  }

  /** The heads side by side again: `[N, S, heads, D]`, in groups or not. @param mixed - `[N, groups, perGroup S, D]`. */
  #ungrouped(ops: Ops, mixed: Value): Value {
    const { headDim, numQueryHeads, numKeyValueHeads: groups } = this;
    if (numQueryHeads === groups) return ops.transpose(mixed, [0, 2, 1, 3]);
    const apart = ops.reshape(mixed, [0, groups, numQueryHeads / groups, -1, headDim]);
    return ops.transpose(apart, [0, 3, 1, 2, 4]);
  }

  #biased(lowering: Lowering, x: Value, projection: Projection): Value {
    const value = this.project(lowering, x, projection);
    if (!this.useBias) return value;
    const { builder: ops } = lowering;
    const bias = ops.reshape(lowering.weight(this, `${projection.target}/bias`), [projection.columns]);
    return ops.add(value, bias);
  }

  /** @param x - `[N, S, heads, D]`. */
  #turned(lowering: Lowering, x: Value): Value {
    const { ropeMaxWavelength: maxWavelength, ropeFrequencyDivisors, maxSequenceLength } = this;
    if (maxWavelength === null) return x;
    const frequencyDivisors = ropeFrequencyDivisors;
    return rotate(lowering, x, { maxWavelength, scalingFactor: 1, maxSequenceLength, frequencyDivisors });
  }

  /** `[perGroup S, T]`: 0 where a query sees a key, else far below. */
  #causalBias(lowering: Lowering, x: Value, key: Value, perGroup: number): Value {
    const { builder: ops } = lowering;
    const queries = tokenPositions(lowering, x, 1);
    const sizes = ops.concat([ops.integers([perGroup]), ops.sizeOf(queries, 0)], 0);
    const rows = ops.reshape(ops.expand(ops.unsqueeze(queries, [0]), sizes), [-1, 1]);
    const keys = lowering.decoding?.keyPositions ?? tokenPositions(lowering, key, 2);
    const isUnseen = ops.op('Greater', [ops.unsqueeze(keys, [0]), rows]);
    return ops.mul(ops.cast(isUnseen, x.dtype), UNSEEN);
  }

  #width(shape: LayerShape): number {
    const width = shape.at(-1);
    if (shape.length === 3 && typeof width === 'number') return width;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'sequences [N, S, D] with a known D',
      received: showShape(shape),
      advice: 'Apply it to embedded tokens.',
    });
  }
}

/** Along the last axis. */
function joined(ops: Ops, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0]! : ops.concat(parts, -1);
}

/** `weights` `[..., M, T]` times the values, which are T together; of the first of two parts it is told how many. */
function weighted(ops: Ops, weights: Value, values: readonly Value[], firstPart: Value | undefined): Value {
  const [first, second] = values as [Value, Value | undefined];
  if (second === undefined || firstPart === undefined) return ops.matMul(weights, first);
  const cut = (start: Value, end: Value): Value => ops.op('Slice', [weights, start, end, ops.integers([-1])]);
  return ops.add(
    ops.matMul(cut(ops.integers([0]), firstPart), first),
    ops.matMul(cut(firstPart, ops.integers([2 ** 31 - 1])), second),
  );
}
