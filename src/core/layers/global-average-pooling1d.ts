/** @file The mean over the tokens of a sequence. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import { sequenceWidth } from './sequence-shape.ts';

const OPTIONS = {
  dataFormat: { type: 'fixed', value: 'channels_last' },
  keepdims: { type: 'fixed', value: false },
} as const;

/**
 * `[N, S, D]` to `[N, D]`: the mean over the places of each sample. Applied to `[sequence, mask]`, over those whose mask
 * `[N, S]` is 1; where there are none, 0.
 *
 * @throws {GraftError} `shape`, if the input is no sequence.
 */
export class GlobalAveragePooling1D extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'GlobalAveragePooling1D';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [inputs[0]![0]!, sequenceWidth(this.name, inputs)];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [x, given] = inputs.map((each) => asPlain(ops, each));
    if (given === undefined) return { value: ops.mean(x!, [1], 0), layout: 'plain' };
    const mask = ops.cast(given, 'float32');
    const count = ops.max(ops.sum(mask, [1], 1), 1);
    const sum = ops.squeeze(ops.matMul(ops.unsqueeze(mask, [1]), x!), [1]);
    return { value: ops.div(sum, count, { name: `${this.name}/Div` }), layout: 'plain' };
  }
}
