/** @file A trained row for every position. */

import { GraftError } from '../errors/graft-error.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { tokenPositions } from './token-positions.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** How many positions have a row. */
  sequenceLength: { type: 'count' },
  /** Default `glorotUniform`. */
  initializer: { type: 'initializer', default: 'glorotUniform' },
} as const;

export type PositionEmbeddingOptions = OptionsOf<typeof OPTIONS>;

export interface PositionEmbedding extends ValuesOf<typeof OPTIONS> {}

/**
 * The rows of the positions of its input, to be added to it: `[N, S, D]`, as the input. The table `embeddings` is
 * `[sequenceLength, D]`. A text of more tokens fails when the graph runs.
 *
 * @throws {GraftError} `shape`, if the input is not `[N, S, D]` with a known D.
 */
export class PositionEmbedding extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'PositionEmbedding';
  static override readonly options: typeof OPTIONS = OPTIONS;
  static readonly onlyInKeras3 = true;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = inputs[0]!;
    const width = shape.at(-1);
    if (shape.length !== 3 || typeof width !== 'number') {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'an input [N, S, D] with a known D',
        received: showShape(shape),
        advice: 'Apply it to embedded tokens.',
      });
    }
    return [{ name: 'embeddings', shape: [this.sequenceLength, width], initializer: this.initializer }];
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
