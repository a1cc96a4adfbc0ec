/** @file Learned vectors for the places of a sequence. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { sequenceWidth } from './sequence-shape.ts';
import { tokenPositions } from './token-positions.ts';

const OPTIONS = {
  /** The longest sequence there may be: rows of the table. */
  sequenceLength: { type: 'count' },
  /** Default `glorotUniform`. */
  initializer: { type: 'initializer', default: 'glorotUniform' },
} as const;

export type PositionEmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface PositionEmbedding extends ValuesOf<typeof OPTIONS> {}

/**
 * KerasHub's PositionEmbedding: for `[N, S, D]` the first S rows of `embeddings` `[sequenceLength, D]`, the same for every
 * sample; they are added to the input by an Add layer. A longer sequence fails when the graph runs.
 *
 * @throws {GraftError} `shape`, if the input is no sequence.
 */
export class PositionEmbedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'PositionEmbedding';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = [this.sequenceLength, sequenceWidth(this.name, inputs.slice(0, 1))];
    return [{ name: 'embeddings', shape, initializer: this.initializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const x = asPlain(ops, inputs[0]!);
    const rows = ops.gather(lowering.weight(this, 'embeddings'), tokenPositions(lowering, x, 1), 0);
    return { value: ops.expandLike(ops.unsqueeze(rows, [0]), x), layout: 'plain' };
  }
}

/** The rows of a table `[L, D]` for the places of `x`, `[N, S, ...]`: `[S, D]`. */
export function emitPositions(ops: Ops, table: Value, x: Value): Value {
  return ops.gather(table, emitPlaces(ops, x), 0);
}

/** The places of `x`, `[N, S, ...]`, from 0 on: int64 `[S]`. */
export function emitPlaces(ops: Ops, x: Value): Value {
  const scalar = (value: number): Value => ops.squeeze(ops.integers([value]), [0]);
  return ops.range(scalar(0), ops.squeeze(ops.sizeOf(x, 1), [0]), scalar(1));
}
