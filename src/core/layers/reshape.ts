/** @file A sample in another shape. */

import { GraftError } from '../errors/graft-error.ts';
import { computeSize } from '../tensor/tensor.ts';
import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Without the batch; one size may be -1: what is left. */
  targetShape: { type: 'integers' },
} as const;

export type ReshapeOptions = OptionsOf<typeof OPTIONS>;

export interface Reshape extends ValuesOf<typeof OPTIONS> {}

/**
 * `[N, ...]` to `[N, ...targetShape]`, row-major in NHWC.
 *
 * @throws {GraftError} `shape`, if the number of elements differs.
 */
export class Reshape extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Reshape';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [batch = null, ...sizes] = inputs[0]!;
    const known = computeSize(this.targetShape.filter((size) => size !== -1));
    const free = this.targetShape.length - this.targetShape.filter((size) => size !== -1).length;
    const total = sizes.includes(null) ? null : computeSize(sizes as readonly number[]);
    const fits = total === null || (free === 0 ? known === total : total % known === 0);
    if (free > 1 || !fits) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input that fits targetShape [${this.targetShape.join(', ')}]`,
        received: showShape(inputs[0]!),
        advice: 'Change targetShape; one size may be -1.',
      });
    }
    const rest = total === null ? null : total / known;
    return [batch, ...this.targetShape.map((size) => (size === -1 ? rest : size))];
  }

  override lower(
    { builder: ops }: Lowering,
    inputs: readonly Lowered[],
    output: SymbolicTensor = this.output,
  ): Lowered {
    // ONNX: 0 keeps the batch, -1 is what is left.
    const shape = [0, ...output.shape.slice(1).map((size) => size ?? -1)];
    const x = asPlain(ops, inputs[0]!);
    const value = ops.reshape(x, shape, { name: `${this.name}/Reshape` });
    return { value, layout: 'plain' };
  }
}
