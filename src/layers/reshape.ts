/** @file A sample in another shape. */

import { GraftError } from '../errors/graft-error.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readIntegers } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import { showShape } from './windows.ts';

export interface ReshapeOptions extends LayerOptions {
  /** Without the batch; one size may be -1: what is left. */
  readonly targetShape: readonly number[];
}

/**
 * `[N, ...]` to `[N, ...targetShape]`, row-major in NHWC.
 *
 * @throws {GraftError} `shape`, if the number of elements differs.
 */
export class Reshape extends Layer {
  readonly className = 'Reshape';
  readonly targetShape: readonly number[];

  constructor(options: ReshapeOptions) {
    super(options);
    this.targetShape = options.targetShape;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [batch = null, ...sizes] = inputs[0]!;
    const known = sizeOf(this.targetShape.filter((size) => size !== -1));
    const free = this.targetShape.length - this.targetShape.filter((size) => size !== -1).length;
    const total = sizes.includes(null) ? null : sizeOf(sizes as readonly number[]);
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

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    // ONNX: 0 keeps the batch, -1 is what is left.
    const shape = [0, ...this.output.shape.slice(1).map((size) => size ?? -1)];
    const x = asPlain(builder, inputs[0]!);
    const value = builder.op('Reshape', [x, builder.integers(shape)], {}, { name: `${this.name}/Reshape` });
    return { value, layout: 'plain' };
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), target_shape: this.targetShape };
  }

  static fromConfig(config: LayerConfig): Reshape {
    return new Reshape({ ...readBase(config), targetShape: readIntegers(config, 'target_shape') });
  }
}
