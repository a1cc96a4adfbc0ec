/** @file Keeps ONNX Runtime from merging a Pad of zeros into the pool that follows it. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** The smallest normal float32: zero for every purpose, but not for the check that precedes the merge. */
const ALMOST_ZERO = 2 ** -126;

/**
 * What a pool reads: where that is a Pad, another one that stays apart from the pool.
 *
 * ONNX Runtime 1.30 merges the zeros of a Pad into the pads of MaxPool, which count as minus infinity: negative
 * pixels at the edge then come out wrong. Pads as wide as the window make such a graph fail to load, for AveragePool
 * too. It leaves a Pad alone whose value is not exactly 0.
 */
export function apartFromPad(builder: GraphBuilder, x: Value): Value {
  const maker = builder.nodes.find((node) => node.outputs[0] === x.name);
  if (maker?.op !== 'Pad' || maker.inputs.length !== 2) return x;
  const inputs = [...maker.inputs.map((name) => builder.value(name)), builder.scalar(ALMOST_ZERO)];
  // As the other was made, but for the value.
  return builder.op('Pad', inputs, maker.attributes as Record<never, never>, { name: `${maker.name}:apart` });
}
