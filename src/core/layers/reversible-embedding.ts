/** @file An embedding that is also the way back: hidden states become logits by the same table. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { inputDType } from './input-layer.ts';
import type { Lowered, Lowering, SymbolicTensor, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** How many ids there are: rows of the table. */
  inputDim: { type: 'count' },
  /** Width of a row. */
  outputDim: { type: 'count' },
  /** Whether the way back takes the table of the way there. Default true. */
  tieWeights: { type: 'boolean', default: true },
  /** Default `randomUniform`. */
  embeddingsInitializer: { type: 'initializer', default: 'randomUniform' },
  /** Padding is an id below 0, as 0 may be a token. */
  maskZero: { type: 'fixed', value: false },
} as const;

export type ReversibleEmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface ReversibleEmbedding extends ValuesOf<typeof OPTIONS> {}

/**
 * Ids `[N, S]`, int64 or int32, become rows of the table `embeddings` `[inputDim, outputDim]`; hidden states
 * `[N, ..., outputDim]`, float32, become logits `[N, ..., inputDim]`, by the same table or, not tied, by
 * `reverse_embeddings` `[outputDim, inputDim]`. Which of the two is meant, the input's dtype says. An id below 0 counts as 0.
 *
 * An id of `inputDim` or more fails when the graph runs.
 *
 * @throws {GraftError} `shape`, if hidden states have another width.
 * @see https://arxiv.org/abs/1608.05859
 */
export class ReversibleEmbedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'ReversibleEmbedding';
  static override readonly options: typeof OPTIONS = OPTIONS;
  static readonly onlyInGraft = true;

  protected override weightSpecs(): readonly WeightSpec[] {
    const { inputDim, outputDim, embeddingsInitializer: initializer } = this;
    const there = { name: 'embeddings', shape: [inputDim, outputDim], initializer };
    if (this.tieWeights) return [there];
    return [there, { name: 'reverse_embeddings', shape: [outputDim, inputDim], initializer }];
  }

  override apply(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const [tensor] = [inputs].flat() as SymbolicTensor[];
    if (tensor !== undefined && isReverse(tensor)) this.#requireWidth(tensor.shape);
    return super.apply(inputs);
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    return shape.length > 2 ? [...shape.slice(0, -1), this.inputDim] : [...shape, this.outputDim];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const x = asPlain(ops, inputs[0]!);
    const named = { name: `${this.name}/MatMul` };
    if (x.dtype === 'float32')
      return { value: ops.matMul(x, this.#kernel(lowering), named), layout: 'plain' };
    const zero = ops.cast(ops.integers([0]), x.dtype);
    return { value: ops.gather(lowering.weight(this, 'embeddings'), ops.max(x, zero), 0), layout: 'plain' };
  }

  #kernel(lowering: Lowering): Value {
    const { builder: ops } = lowering;
    if (!this.tieWeights) return lowering.weight(this, 'reverse_embeddings');
    return ops.transpose(lowering.weight(this, 'embeddings'), [1, 0]);
  }

  #requireWidth(shape: LayerShape): void {
    if (shape.length > 2 && shape.at(-1) === this.outputDim) return;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: `hidden states [N, S, ${this.outputDim}]`,
      received: showShape(shape),
      advice: 'Apply it to ids, or to what the last block gives.',
    });
  }
}

/** Ids come from an input layer. */
function isReverse(tensor: SymbolicTensor): boolean {
  return inputDType(tensor) === 'float32';
}
