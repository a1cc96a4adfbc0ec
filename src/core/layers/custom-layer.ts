/** @file The base of a program's own layers: what comes in and goes out stands as a person sees it. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionTable } from './option-table.ts';

/** What a layer is given beside its inputs. */
export interface CallContext {
  /** Whether the graph is for a training step. A frozen layer is called as for inference. */
  readonly training: boolean;
  /** A weight of the layer, by its name. */
  weight(name: string): Value;
  /**
   * A mask that is drawn anew at every step, `[N, ...shape]`: `1 / (1 - rate)` with probability `1 - rate`, else 0. Only
   * where `training` is true, and in a layer whose `drawsMasks` is true.
   */
  dropoutMask(rate: number, shape: readonly number[]): Value;
  /** Says what a moving statistic becomes with this batch. Only where `training` is true. */
  moveStatistic(name: string, updated: Value): void;
}

/**
 * A layer of one's own. A class names itself `className`, and its table of options `options`, if it has any; it tells its
 * weights (`weightSpecs`), the shape of its output (`outputShape`), and computes (`call`):
 *
 * ```ts
 * class ScaledTanh extends CustomLayer<typeof OPTIONS> {
 *   static readonly className = 'ScaledTanh';
 *   protected override weightSpecs([shape]: readonly LayerShape[]): readonly WeightSpec[] {
 *     return [{ name: 'scale', shape: [shape!.at(-1)!], initializer: initializers.ones() }];
 *   }
 *   protected override call(ops: Ops, [x]: readonly Value[], { weight }: CallContext): Value {
 *     return ops.mul(ops.tanh(x!), weight('scale'));
 *   }
 * }
 * ```
 */
export abstract class CustomLayer<T extends OptionTable = Record<never, never>> extends LayerWithOptions<T> {
  /** The output's shape, the batch first. Default: that of the first input. */
  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  /**
   * Emits the layer's operators.
   *
   * @param inputs - In the shapes that it is applied to, the batch first; images as `[N, H, W, C]`.
   * @returns A value of the shape that `outputShape` tells.
   */
  protected abstract call(ops: Ops, inputs: readonly Value[], context: CallContext): Value;

  override lower(lowering: Lowering, inputs: readonly Lowered[], _output?: SymbolicTensor): Lowered {
    const { builder: ops } = lowering;
    const context: CallContext = {
      training: lowering.training && this.trainable,
      weight: (name) => lowering.weight(this, name),
      dropoutMask: (rate, shape) => lowering.dropoutMask(this, rate, shape),
      moveStatistic: (name, updated) => lowering.moveStatistic(this, name, updated),
    };
    const values = inputs.map((input) => asPlain(ops, input));
    return { value: this.call(ops, values, context), layout: 'plain' };
  }
}
