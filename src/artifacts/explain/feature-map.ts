/** @file The last feature map of a model: where it still has places, and knows what it will say of them. */

import type { GraphBuilder } from '../../core/graph/builder.ts';
import type { Node, Shape, Value } from '../../core/graph/graph.ts';

/** A value that has a vector for each place of an image. */
export interface FeatureMap {
  readonly value: Value;
  /** Places, from above and from the left. */
  readonly height: number;
  readonly width: number;
  /**
   * `first`: `[N, C, H, W]`; `last`: `[N, H, W, C]`; `tokens`: `[N, extra + H * W, C]`, with class tokens and the like before the
   * places.
   */
  readonly layout: 'first' | 'last' | 'tokens';
}

/**
 * Finds the last map of convolutions; of a network of tokens, what goes into its last attention.
 *
 * @param image - The input, `[N, H, W, 3]`.
 * @param score - What the map must have a part in.
 * @returns Undefined, if there is none.
 */
export function findFeatureMap(builder: GraphBuilder, image: Value, score: Value): FeatureMap | undefined {
  const { nodes } = builder;
  const matters = ancestors(nodes, score);
  const layouts = new Map<string, 'first' | 'last'>([[image.name, 'last']]);
  let map: FeatureMap | undefined;
  for (const node of nodes) {
    const name = node.outputs[0] ?? '';
    const layout = layoutAfter(builder, node, layouts);
    if (layout === undefined) continue;
    layouts.set(name, layout);
    const value = builder.value(name);
    const [height, width] = placesOf(value.shape, layout);
    if (!matters.has(name) || value.dtype !== 'float32' || height * width < 2) continue;
    map = { value, height, width, layout };
  }
  return (map && beforeLastAttention(builder, nodes, matters, map)) ?? map;
}

/** The layout of what a node makes; undefined where places are lost. */
function layoutAfter(
  builder: GraphBuilder,
  node: Node,
  layouts: ReadonlyMap<string, 'first' | 'last'>,
): 'first' | 'last' | undefined {
  const from = node.inputs.find((name) => layouts.has(name));
  const { shape } = builder.value(node.outputs[0] ?? '');
  if (from === undefined || shape.length !== 4) return undefined;
  const layout = layouts.get(from)!;
  if (node.op === 'Transpose') {
    const perm = (node as Node<'Transpose'>).attributes.perm.join();
    if (perm === '0,3,1,2' && layout === 'last') return 'first';
    if (perm === '0,2,3,1' && layout === 'first') return 'last';
    return undefined;
  }
  if (node.op === 'Reshape' || node.op === 'Gather') {
    return node.op === 'Gather' ? layout : undefined;
  }
  // A product with a matrix mixes what stands last: channels, or the places of a row.
  return node.op === 'MatMul' && layout === 'first' ? undefined : layout;
}

function placesOf(shape: Shape, layout: 'first' | 'last'): readonly [height: number, width: number] {
  const sizes = layout === 'first' ? shape.slice(2) : shape.slice(1, 3);
  const [height = 0, width = 0] = sizes.map((size) => (typeof size === 'number' ? size : 0));
  return [height, width];
}

/** What the last attention reads: behind it, all that is left may be a class token. */
function beforeLastAttention(
  builder: GraphBuilder,
  nodes: readonly Node[],
  matters: ReadonlySet<string>,
  { height, width }: FeatureMap,
): FeatureMap | undefined {
  const places = height * width;
  const tokens = ({ shape }: Value): number | undefined =>
    shape.length === 3 && typeof shape[1] === 'number' && shape[1] >= places && shape[1] <= places + 8
      ? shape[1]
      : undefined;
  const last = nodes.findLastIndex(({ op, outputs }) => {
    const { shape } = builder.value(outputs[0] ?? '');
    return (
      op === 'Softmax' && shape.length >= 3 && Number(shape.at(-1)) >= places && matters.has(outputs[0]!)
    );
  });
  if (last < 0) return undefined;
  const behind = ancestors(nodes, builder.value(nodes[last]!.outputs[0]!));
  for (const { op, inputs } of nodes.slice(0, last).toReversed()) {
    if (op !== 'MatMul' && op !== 'Gemm') continue;
    const value = builder.value(inputs[0]!);
    if (behind.has(value.name) && tokens(value) !== undefined && builder.constantOf(value) === undefined) {
      return { value, height, width, layout: 'tokens' };
    }
  }
  return undefined;
}

/** Names of all values that one is made of, itself among them. */
export function ancestors(nodes: readonly Node[], value: Value): Set<string> {
  const found = new Set([value.name]);
  for (const { inputs, outputs } of nodes.toReversed()) {
    if (outputs.some((name) => found.has(name))) for (const name of inputs) found.add(name);
  }
  return found;
}
