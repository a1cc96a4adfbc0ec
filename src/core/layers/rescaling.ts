/** @file Rescaling of pixels. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { floats } from '../tensor/tensor.ts';
import type { Layout, Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import type { PerChannel } from './option-types.ts';
import { showShape } from './windows.ts';

const OPTIONS = {
  scale: { type: 'perChannel' },
  /** Default 0. */
  offset: { type: 'perChannel', default: 0 },
} as const;

export type RescalingOptions = OptionsOf<typeof OPTIONS>;

export interface Rescaling extends ValuesOf<typeof OPTIONS> {}

/**
 * `y = x * scale + offset`: `{ scale: 1 / 127.5, offset: -1 }` brings pixels from [0, 255] to [-1, 1]. The shape stays.
 *
 * @throws {GraftError} `shape`, if there are numbers for another count of channels.
 */
export class Rescaling extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Rescaling';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const shape = inputs[0]!;
    for (const numbers of [this.scale, this.offset]) {
      if (typeof numbers !== 'number' && numbers.length !== shape.at(-1)) {
        throw new GraftError('shape', {
          where: `layer "${this.name}"`,
          expected: `an input of ${numbers.length} channels`,
          received: showShape(shape),
          advice: 'Give one number for each channel, or one for all.',
        });
      }
    }
    return shape;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value: x, layout } = inputs[0]!;
    const scaled = ops.mul(x, channelConstant(ops, this.scale, layout));
    const value = ops.add(scaled, channelConstant(ops, this.offset, layout), { name: `${this.name}/Add` });
    return { value, layout };
  }
}

function channelConstant(ops: Ops, numbers: PerChannel, layout: Layout): Value {
  if (typeof numbers === 'number') return ops.scalar(numbers);
  const shape = layout === 'channelsFirst' ? [numbers.length, 1, 1] : [numbers.length];
  return ops.constant(floats(shape, numbers), 'channels');
}
