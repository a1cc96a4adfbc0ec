/** @file The loss of a language model: how badly each token is foretold by those before it. */

import type { Shortcut } from '../../core/autodiff/shortcut.ts';
import type { Value } from '../../core/graph/graph.ts';
import type { Ops } from '../../core/graph/ops.ts';

/** The loss in a graph. */
export interface CausalLoss {
  /** Sum over the tokens that count, a scalar. */
  readonly sum: Value;
  /** How many tokens count, a scalar, float32. */
  readonly count: Value;
  /** The gradient in fewer passes over `[N, S, V]`: to be given to `gradients`. */
  readonly shortcut: Shortcut;
}

/**
 * Emits `-log softmax(logits)[target]` of every token whose target is 0 or more. No row of 0 and 1 for a target is made.
 *
 * @param logits - `[N, S, V]`, float32.
 * @param targets - `[N, S]`, int64: the id that comes next; below 0 where none counts.
 */
export function causalLoss(ops: Ops, logits: Value, targets: Value): CausalLoss {
  const width = Number(logits.shape.at(-1));
  const scalar = (value: number): Value => ops.squeeze(ops.integers([value]), [0]);
  const rows = ops.reshape(logits, [-1, width]);
  const wanted = ops.reshape(targets, [-1]);
  const counts = ops.cast(ops.not(ops.less(wanted, scalar(0))), 'float32');
  const row = ops.range(scalar(0), ops.squeeze(ops.sizeOf(rows, 0), [0]), scalar(1));
  const places = ops.add(ops.mul(row, scalar(width)), ops.max(wanted, scalar(0)));
  const logProbabilities = ops.logSoftmax(rows, 1);
  const chosen = ops.gather(ops.reshape(logProbabilities, [-1]), places, 0);
  const shortcut: Shortcut = {
    output: chosen,
    inputs: [rows],
    // Of a chosen logarithm: 1 at its place, less the probabilities.
    rule: (emit, dy) => [
      () => {
        const spread = emit.neg(emit.mul(emit.exp(logProbabilities), emit.unsqueeze(dy, [1])));
        const flat = emit.scatterAdd(emit.reshape(spread, [-1]), places, dy, 0);
        return emit.reshape(flat, [-1, width]);
      },
    ],
  };
  return {
    sum: ops.neg(ops.sumOfAll(ops.mul(chosen, counts))),
    count: ops.sumOfAll(counts),
    shortcut,
  };
}
