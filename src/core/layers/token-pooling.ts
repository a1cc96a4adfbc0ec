/** @file One token for a whole sequence. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { emitPlaces } from './position-embedding.ts';
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
    const count = ops.sum(ops.cast(given, 'int64'), [1], 1);
    const last = ops.sub(count, ops.integers([1]));
    // A row of 0 with a 1 at the last token: the product picks it, and gives 0 where there is none.
    const isLast = ops.cast(ops.equal(emitPlaces(ops, given), last), 'float32');
    return { value: ops.squeeze(ops.matMul(ops.unsqueeze(isLast, [1]), x!), [1]), layout: 'plain' };
  }
}
