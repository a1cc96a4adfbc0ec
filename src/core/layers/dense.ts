/** @file The fully connected layer. */

import { GraftError } from '../errors/graft-error.ts';
import { lowerActivation } from './activations.ts';
import type { Lowered, Lowering, WeightSpec } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  /** Width of the output. */
  units: { type: 'count' },
  /** Default `linear`. */
  activation: { type: 'activation', default: 'linear' },
  /** Default true. */
  useBias: { type: 'boolean', default: true },
  /** Default `glorotUniform`. */
  kernelInitializer: { type: 'initializer', default: 'glorotUniform' },
  /** Default `zeros`. */
  biasInitializer: { type: 'initializer', default: 'zeros' },
} as const;

export type DenseOptions = OptionsOf<typeof OPTIONS>;

export interface Dense extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = activation(x . kernel + bias)` along the last axis: input `[N, ..., D]`, kernel `[D, units]`, bias `[units]`.
 *
 * @throws {GraftError} `shape`, if the last size of the input is unknown or is the batch.
 */
export class Dense extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Dense';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = inputs[0] ?? [];
    const width = shape.at(-1);
    if (shape.length < 2 || typeof width !== 'number') {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'one input [N, ..., D] with a known D',
        received: showShape(shape),
        advice: 'Give the input layer a full shape.',
      });
    }
    const kernel = { name: 'kernel', shape: [width, this.units], initializer: this.kernelInitializer };
    if (!this.useBias) return [kernel];
    return [kernel, { name: 'bias', shape: [this.units], initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [...inputs[0]!.slice(0, -1), this.units];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder: ops } = lowering;
    const x = asPlain(ops, inputs[0]!);
    const kernel = lowering.weight(this, 'kernel');
    const bias = this.useBias ? lowering.weight(this, 'bias') : undefined;
    const named = (op: string): { name: string } => ({ name: `${this.name}/${op}` });
    let value = x;
    if (x.shape.length === 2) {
      value = ops.gemm([x, kernel, bias], {}, named('Gemm'));
    } else {
      value = ops.matMul(x, kernel, named('MatMul'));
      if (bias !== undefined) value = ops.add(value, bias, named('Add'));
    }
    return lowerActivation(ops, this.activation, { value, layout: 'plain' }, this.name);
  }
}
