/** @file One token for a whole sequence. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { sequenceWidth } from './sequence-shape.ts';

const OPTIONS = {
  /** `first`, as BERT's `[CLS]`, or `last`, as networks have it that look back only. */
  token: { type: 'choice', choices: ['first', 'last'] },
} as const;

export type TokenPoolingOptions = OptionsOf<typeof OPTIONS>;

export interface TokenPooling extends ValuesOf<typeof OPTIONS> {}

/**
 * `[sequence, mask]`, `[N, S, D]` and `[N, S]`, to `[N, D]`: the first token, or the last one whose mask is 1, with padding
 * behind it. Without a mask, the last place.
 *
 * @throws {GraftError} `shape`, if the input is no sequence.
 */
export class TokenPooling extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'TokenPooling';
  static readonly onlyInGraft = true;
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [inputs[0]![0]!, sequenceWidth(this.name, inputs)];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const [x, given] = inputs.map((each) => asPlain(ops, each));
    if (given === undefined || this.token === 'first') {
      const place = ops.integers([this.token === 'first' ? 0 : -1]);
      return { value: ops.squeeze(ops.gather(x!, place, 1), [1]), layout: 'plain' };
    }
    const mask = ops.cast(given, 'float32');
    // 1 where a token is followed by padding or the end.
    const next = ops.pad(ops.slice(mask, [1], [1], [2 ** 31 - 1]), [0, 0, 0, 1]);
    const isLast = ops.unsqueeze(ops.sub(mask, next), [1]);
    return { value: ops.squeeze(ops.matMul(isLast, x!), [1]), layout: 'plain' };
  }
}
