/** @file What the layers share that join several inputs element by element. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { alike } from './layout.ts';
import { showShape } from './windows.ts';

/** Joins inputs of the same rank; sizes of 1 are stretched. */
export abstract class Merging extends Layer {
  protected abstract readonly operator: 'Add' | 'Mul';

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [first, ...others] = inputs;
    if (first === undefined || others.length === 0) throw this.#mismatch(inputs);
    return others.reduce<LayerShape>((joined, shape) => {
      if (shape.length !== joined.length) throw this.#mismatch(inputs);
      return joined.map((size, axis) => {
        const other = shape[axis]!;
        if (size === other || other === 1) return size;
        if (size === 1) return other;
        // An unknown size is taken to fit.
        if (size === null || other === null) return size ?? other;
        throw this.#mismatch(inputs);
      });
    }, first);
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { values, layout } = alike(builder, inputs);
    const last = values.length - 1;
    const value = values.reduce((joined, next, index) =>
      builder.op(
        this.operator,
        [joined, next],
        {},
        index === last ? { name: `${this.name}/${this.operator}` } : {},
      ),
    );
    return { value, layout };
  }

  override getConfig(): LayerConfig {
    return baseConfig(this.name, this.trainable);
  }

  #mismatch(inputs: readonly LayerShape[]): GraftError {
    return new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: 'at least two inputs of one shape, up to sizes of 1',
      received: inputs.map(showShape).join(' and '),
      advice: 'Apply the layer to a list of tensors that fit.',
    });
  }
}
