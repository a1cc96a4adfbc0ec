/** @file A gradient for several nodes at once, where it is cheaper than what their own rules would emit. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Emit } from './gradient-rule.ts';

export interface Shortcut {
  /** What the nodes compute together. */
  readonly output: Value;
  /** What they compute it from; nothing of what lies between is differentiated. */
  readonly inputs: readonly Value[];
  /** For every input, how its gradient is emitted from that of the output. */
  readonly rule: (ops: Ops, dy: Value) => readonly Emit[];
}
