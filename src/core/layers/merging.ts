/** @file What the layers share that join several inputs element by element. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { OpOptions, Ops } from '../graph/ops.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { alike } from './layout.ts';
import type { OptionTable } from './option-table.ts';
import { showShape } from './windows.ts';

/** Joins inputs of the same rank; sizes of 1 are stretched. */
export abstract class Merging<T extends OptionTable = Record<never, never>> extends LayerWithOptions<T> {
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

  /** Emits what joins two. */
  protected abstract join(ops: Ops, a: Value, b: Value, options: OpOptions | undefined): Value;

  /** The name of the last operator, behind the layer's. */
  protected abstract readonly operator: string;

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { values, layout } = alike(ops, inputs);
    const last = values.length - 1;
    const named = { name: `${this.name}/${this.operator}` };
    const value = values.reduce((joined, next, index) =>
      this.join(ops, joined, next, index === last ? named : undefined),
    );
    return { value, layout };
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
