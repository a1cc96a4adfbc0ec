/** @file Embedding: a row of a table for every id. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  /** How many ids there are: rows of the table. */
  inputDim: { type: 'count' },
  /** Width of a row. */
  outputDim: { type: 'count' },
  /** Default `randomUniform`. */
  embeddingsInitializer: { type: 'initializer', default: 'randomUniform' },
  /** Padding is an id below 0, as 0 may be a token. */
  maskZero: { type: 'fixed', value: false },
} as const;

export type EmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface Embedding extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = embeddings[id]` for every id of `[N, ...]`, int64 or int32: `[N, ..., outputDim]`. The table `embeddings` is
 * `[inputDim, outputDim]`. An id below 0 is padding: its row is 0, and moves no weight.
 *
 * An id of `inputDim` or more fails when the graph runs.
 */
export class Embedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Embedding';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(): readonly WeightSpec[] {
    return [
      {
        name: 'embeddings',
        shape: [this.inputDim, this.outputDim],
        initializer: this.embeddingsInitializer,
      },
    ];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [...inputs[0]!, this.outputDim];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const value = emitRows(ops, lowering.weight(this, 'embeddings'), asPlain(ops, inputs[0]!), this.name);
    return { value, layout: 'plain' };
  }
}

/** A row of a table `[V, D]` for every id, 0 for those below 0: `[..., D]`. */
export function emitRows(ops: Ops, table: Value, given: Value, name?: string): Value {
  // Keras takes floats, too.
  const ids = given.dtype === 'int32' ? given : ops.cast(given, 'int64');
  const zero = ops.cast(ops.integers([0]), ids.dtype);
  const rows = ops.gather(table, ops.max(ids, zero), 0);
  const isToken = ops.cast(ops.not(ops.less(ids, zero)), table.dtype);
  return ops.mul(
    rows,
    ops.unsqueeze(isToken, [-1]),
    name === undefined ? undefined : { name: `${name}/Mul` },
  );
}
