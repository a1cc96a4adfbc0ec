/** @file Between the layout that a person sees (NHWC) and the one inside the graph (NCHW). */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Layout, Lowered } from './layer.ts';

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_PLAIN = [0, 2, 3, 1];

/** The value of an image in NCHW. */
export function asChannelsFirst(builder: GraphBuilder, { value, layout }: Lowered): Value {
  return layout === 'channelsFirst' ? value : transposed(builder, value, TO_CHANNELS_FIRST);
}

/** The value as a person sees it: NHWC for an image. */
export function asPlain(builder: GraphBuilder, { value, layout }: Lowered): Value {
  return layout === 'plain' ? value : transposed(builder, value, TO_PLAIN);
}

/** The values in one common layout: NCHW as soon as one of them is. */
export function alike(
  builder: GraphBuilder,
  inputs: readonly Lowered[],
): { readonly values: readonly Value[]; readonly layout: Layout } {
  const layout = inputs.some((input) => input.layout === 'channelsFirst') ? 'channelsFirst' : 'plain';
  const convert = layout === 'channelsFirst' ? asChannelsFirst : asPlain;
  return { values: inputs.map((input) => convert(builder, input)), layout };
}

/** Where Keras' axis (negative counts from the end) stands in a layout. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  const plain = axis < 0 ? axis + rank : axis;
  return layout === 'plain' ? plain : TO_CHANNELS_FIRST.indexOf(plain);
}

/** A transpose; one that the graph has already is used again, and one that undoes another gives its input. */
function transposed(builder: GraphBuilder, value: Value, perm: readonly number[]): Value {
  for (const node of builder.nodes) {
    if (!isTranspose(node)) continue;
    if (node.inputs[0] === value.name && same(node.attributes.perm, perm)) {
      return builder.value(node.outputs[0]!);
    }
    if (node.outputs[0] === value.name && node.attributes.perm.every((axis, i) => perm[axis] === i)) {
      return builder.value(node.inputs[0]!);
    }
  }
  return builder.transpose(value, perm);
}

function isTranspose(node: Node): node is Node<'Transpose'> {
  return node.op === 'Transpose';
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}
