/** @file A graph for images of another size and for batches of any size, whatever sizes it was written down for. */

import { GraftError } from '../errors/graft-error.ts';
import type { DType } from '../tensor/dtype.ts';
import { GraphBuilder } from './builder.ts';
import { formatShape, product } from './dimension.ts';
import type { Dimension, Graph, Node, Shape, Value } from './graph.ts';

/** The name of the batch's size. */
const BATCH = 'N';

export interface RebatchOptions {
  /** The new shape of the graph's one input, after the batch. */
  readonly sample: readonly number[];
  /** What the new input holds; it is cast to what the graph takes. Default float32. */
  readonly dtype?: DType;
}

/**
 * Builds a graph with one input again, for an input `[N, ...sample]`.
 *
 * Files are often written for a batch of one, which then stands in the shapes of Reshapes, and in what is concatenated
 * with something of each image (a class token). Both are made to follow the batch; a Reshape takes it to the axis
 * before which there are as many elements as before.
 *
 * @throws {GraftError} `shape`, where the graph cannot work on such an input, or the batch is lost on the way.
 */
export function rebatch(graph: Graph, { sample, dtype = 'float32' }: RebatchOptions): Graph {
  const builder = new GraphBuilder(graph.name);
  const here = new Map<string, Value>();
  const [input] = graph.inputs;
  const fed = builder.input(input!.name, dtype, [BATCH, ...sample]);
  here.set(input!.name, builder.cast(fed, input!.dtype));
  const resolve = (name: string): Value => {
    const known = here.get(name);
    if (known !== undefined) return known;
    const tensor = graph.constants.get(name);
    const value = tensor === undefined ? builder.value(name) : builder.constant(tensor, name);
    here.set(name, value);
    return value;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : resolve(name)));
    const following = followBatch(builder, node, inputs);
    const outputs = builder.ops(node.op, following, node.attributes as never, {
      name: node.outputs[0] ?? node.name,
      outputs: node.outputs.length,
    });
    node.outputs.forEach((name, index) => {
      here.set(name, outputs[index]!);
    });
  }
  for (const { name } of graph.outputs) builder.output(resolve(name));
  return builder.build();
}

type Inputs = readonly (Value | undefined)[];

/** The inputs that a node needs so that every image of a batch is treated as the one it was written for. */
function followBatch(builder: GraphBuilder, node: Node, inputs: Inputs): Inputs {
  switch (node.op) {
    case 'Reshape':
      return followReshape(builder, node, inputs);
    case 'Expand':
      return followExpand(builder, inputs);
    case 'Concat':
      return followConcat(builder, node as Node<'Concat'>, inputs);
    case 'Squeeze':
      checkSqueeze(builder, node, inputs);
      return inputs;
    default:
      return inputs;
  }
}

function followReshape(builder: GraphBuilder, node: Node, inputs: Inputs): Inputs {
  const [data, target] = [inputs[0]!, inputs[1]!];
  const sizes = integersOf(builder, target);
  const batchAxis = data.shape.findIndex(isSymbol);
  if (sizes === undefined || batchAxis < 0 || data.shape.findLastIndex(isSymbol) !== batchAxis) return inputs;
  const one = data.shape.map(forOne);
  if (one.includes(undefined)) return inputs;
  const was = one as number[];
  const free = sizes.map((size, axis) => (size === 0 ? (was[axis] ?? 0) : size));
  const others = free.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  const total = was.reduce((a, b) => a * b, 1);
  const full = free.map((size) => (size === -1 ? total / others : size));
  if (full.reduce((a, b) => a * b, 1) !== total) {
    throw new GraftError('shape', {
      where: `Reshape "${node.name}"`,
      expected: `as many elements as in ${formatShape(was)}`,
      received: formatShape(sizes),
      advice: 'Use the size of images that the graph was written for.',
    });
  }
  const before = was.slice(0, batchAxis).reduce((a, b) => a * b, 1);
  const place = placeOfBatch(full, before, was[batchAxis]!);
  if (place === undefined) throw lost(node, data.shape, sizes);
  const following = full.map((size, axis) => (axis === place ? -1 : size));
  const same = following.every((size, axis) => size === sizes[axis]);
  return same ? inputs : [data, builder.integers(following)];
}

/**
 * The axis that takes the batch, given sizes for one image. Numbers alone do not always tell; what decides then is
 * how attention is written: an axis of one is the batch's own; a matrix has samples in its rows.
 *
 * @param before - Elements before the batch's axis.
 * @param beside - What else the batch's axis holds: 64 for `64*N`.
 */
function placeOfBatch(full: readonly number[], before: number, beside: number): number | undefined {
  const prefix = (axis: number) => full.slice(0, axis).reduce((a, b) => a * b, 1);
  const axes = [...full.keys()];
  const outer = axes.filter((axis) => prefix(axis) === before);
  const inner = axes.filter((axis) => prefix(axis) === before * beside);
  const own = [...outer, ...inner].find((axis) => full[axis] === 1);
  if (own !== undefined) return own;
  return full.length === 2 && before > 1 && outer[0] === 1 ? 0 : outer[0];
}

/** A size that the batch has a part in is kept, rather than made what it was for one image. */
function followExpand(builder: GraphBuilder, inputs: Inputs): Inputs {
  const [data, target] = [inputs[0]!, inputs[1]!];
  const sizes = integersOf(builder, target);
  if (sizes === undefined) return inputs;
  const missing = sizes.length - data.shape.length;
  const following = sizes.map((size, axis) => {
    const own = data.shape[axis - missing] ?? 1;
    return isSymbol(own) && forOne(own) === size ? 1 : size;
  });
  const same = following.every((size, axis) => size === sizes[axis]);
  return same ? inputs : [data, builder.integers(following)];
}

/** What stands beside a batch, itself of one image, is repeated for each. */
function followConcat(builder: GraphBuilder, node: Node<'Concat'>, inputs: Inputs): Inputs {
  const values = inputs as readonly Value[];
  const rank = values[0]!.shape.length;
  const along = node.attributes.axis < 0 ? node.attributes.axis + rank : node.attributes.axis;
  const model = values.find(({ shape }) => shape.length > 0 && isSymbol(shape[0]!));
  if (along === 0 || model === undefined || rank < 2) return inputs;
  return values.map((value) => {
    if (value.shape[0] !== 1) return value;
    const batch = builder.sizeOf(model, 0);
    const ones = builder.integers(new Array<number>(rank - 1).fill(1));
    return builder.expand(value, builder.concat([batch, ones], 0));
  });
}

function checkSqueeze(builder: GraphBuilder, node: Node, inputs: Inputs): void {
  const { shape } = inputs[0]!;
  const axes = (inputs[1] && integersOf(builder, inputs[1])) ?? [];
  for (const axis of axes) {
    if (isSymbol(shape.at(axis) ?? 1)) throw lost(node, shape, axes);
  }
}

function lost({ op, name }: Node, shape: Shape, numbers: readonly number[]): GraftError {
  return new GraftError('shape', {
    where: `${op} "${name}"`,
    expected: 'an operator that keeps the images of a batch apart',
    received: `[${numbers.join(', ')}] for an input ${formatShape(shape)}`,
    advice: 'Export the model with a dynamic batch axis, or cut it before this node.',
  });
}

function integersOf(builder: GraphBuilder, value: Value): readonly number[] | undefined {
  const constant = builder.constantOf(value);
  const known = constant === undefined ? value.sizes : Array.from(constant.data, Number);
  return known?.every((size) => typeof size === 'number') ? (known as number[]) : undefined;
}

function isSymbol(size: Dimension): size is string {
  return typeof size === 'string';
}

/** A size for a batch of one: 64 for `64*N`; undefined where it is no multiple of the batch. */
function forOne(size: Dimension): number | undefined {
  if (typeof size === 'number') return size;
  const factor = /^(?:(\d+)\*)?N$/.exec(size);
  return factor === null ? undefined : Number(factor[1] ?? 1);
}

/** Whether a value holds one part for each image of a batch, along its first axis. */
export function isBatched({ shape }: Value): boolean {
  return shape[0] === product([BATCH]);
}
