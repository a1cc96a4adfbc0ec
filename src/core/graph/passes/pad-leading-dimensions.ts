/**
 * @file Pass: hidden states whose width is a multiple of 1024 get 16 zeros more, where they are multiplied by kernels that lie so.
 *
 * Their rows begin a multiple of 4 KB apart, a critical stride, and compete for the same lines of the L1 cache: ONNX Runtime reads several
 * at once, as they lie. `[1024, 3072]` times `[3072, 768]` takes 27 to 34 ms, with 3088 instead of 3072 it takes 24.
 *
 * @see https://www.agner.org/optimize/optimizing_cpp.pdf, "Cache contentions in large data structures"
 */

import { placeOf, StoredTensor } from '../../tensor/stored-tensor.ts';
import { integers, type Tensor } from '../../tensor/tensor.ts';
import type { Graph, Node, Value } from '../graph.ts';
import type { OpType } from '../operators.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { Additions, findProducers, isOp, withNodes } from './rewrite.ts';

/** In float32: 4 KB. */
const ALIASED = 1024;

/** A line of the cache. */
const PADDING = 16;

/** What a width becomes, so that rows lie on different lines of the cache. */
export function paddedWidth(width: number): number {
  return width % ALIASED === 0 ? width + PADDING : width;
}

/**
 * The same to within float32's rounding: what is added are zeros, and rows of zeros that they are multiplied by. Outputs stay as they are.
 * Pure: `graph` is unchanged.
 */
export function padLeadingDimensions(graph: Graph): Graph {
  return graph.nodes.some((node) => paddedKernel(graph, node) !== undefined)
    ? new Widening(graph).apply()
    : graph;
}

/** The kernel of a product whose rows are padded where it lies. */
function paddedKernel({ constants }: Graph, node: Node): StoredTensor | undefined {
  const kernel = isOp(node, 'MatMul') ? constants.get(node.inputs[1]!) : undefined;
  const place = kernel && placeOf(kernel);
  if (place?.padded === undefined || place.byColumns === undefined) return undefined;
  const isMatrix = `${kernel!.shape}` === `${place.byColumns}`;
  return isMatrix && place.padded[0] !== place.byColumns[0] ? (kernel as StoredTensor) : undefined;
}

/** Operators that give a finite number for 0, and have a finite gradient there. */
const POINTWISE: ReadonlySet<OpType> = new Set<OpType>([
  'Add',
  'Sub',
  'Mul',
  'Neg',
  'Exp',
  'Erf',
  'Tanh',
  'Sigmoid',
  'HardSigmoid',
  'Relu',
]);

class Widening {
  readonly #graph: Graph;
  readonly #added: Additions;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #readers = new Map<string, Node[]>();
  /** Values that become wider, under their names: nothing reads them that does not know. */
  readonly #wide = new Set<string>();
  /** What was made of values that others read as they are. */
  readonly #padded = new Map<string, string>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#added = new Additions(graph);
    this.#producers = findProducers(graph);
    for (const node of graph.nodes) {
      for (const input of node.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
    }
  }

  apply(): Graph {
    const graph = this.#graph;
    for (const node of graph.nodes) {
      if (paddedKernel(graph, node) === undefined) continue;
      const found = this.#valuesThatMayBeWide(node.inputs[0]!);
      for (const name of found ?? []) this.#wide.add(name);
    }
    const nodes = graph.nodes.flatMap((node) => this.#widened(node));
    for (const name of this.#wide) {
      const value = graph.values.get(name)!;
      this.#added.values.set(name, { ...value, shape: paddedShape(value.shape, -1) });
    }
    return removeDeadCode(withNodes(graph, nodes, this.#added));
  }

  /** A value and what it is computed from, back to the products that can give it wider; undefined where there is no way. */
  #valuesThatMayBeWide(name: string): ReadonlySet<string> | undefined {
    const found = new Set<string>();
    const pending = [name];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      const sources = this.#sourcesOf(next);
      if (sources === undefined) return undefined;
      pending.push(...sources);
    }
    const isOutput = this.#graph.outputs.some((output) => found.has(output.name));
    const isReadElsewhere = [...found].some((each) =>
      this.#readers
        .get(each)!
        .some((reader) => !found.has(reader.outputs[0]!) && !isProductOf(this.#graph, reader, each)),
    );
    return isOutput || isReadElsewhere ? undefined : found;
  }

  /** What has to be wider, so that a value can be. */
  #sourcesOf(name: string): readonly string[] | undefined {
    const node = this.#producers.get(name);
    if (node === undefined) return undefined;
    if (isOp(node, 'MatMul')) return this.#rank(node.inputs[1]!) === 2 ? [] : undefined;
    if (!POINTWISE.has(node.op)) return undefined;
    return node.inputs.filter((input) => !this.#isBroadcast(input) && !this.#isVector(input));
  }

  #widened(node: Node): Node[] {
    const isWide = this.#wide.has(node.outputs[0]!);
    const before: Node[] = [];
    if (isOp(node, 'MatMul')) {
      const [left, right] = node.inputs as readonly [string, string];
      const takesWide = this.#wide.has(left);
      const hasWideRows = takesWide || paddedKernel(this.#graph, node) !== undefined;
      if (!isWide && !hasWideRows) return [node];
      const axes = [...(hasWideRows ? [-2] : []), ...(isWide ? [-1] : [])];
      const inputs = [
        hasWideRows && !takesWide ? this.#pad(left, [-1], before) : left,
        this.#pad(right, axes, before),
      ];
      return [...before, { ...node, inputs }];
    }
    if (!isWide) return [node];
    const inputs = node.inputs.map((input) =>
      this.#isVector(input) ? this.#pad(input, [-1], before) : input,
    );
    return [...before, { ...node, inputs }];
  }

  /** A value with zeros behind its own, along some of its last two axes. */
  #pad(name: string, axes: readonly number[], before: Node[]): string {
    const key = `${name} ${axes.join()}`;
    const known = this.#padded.get(key);
    if (known !== undefined) return known;
    const value = this.#graph.values.get(name)!;
    const shape = axes.reduce(paddedShape, value.shape);
    const constant = this.#graph.constants.get(name);
    const padded =
      constant === undefined
        ? this.#added.value(`${name}/padded`, { dtype: value.dtype, shape })
        : this.#added.constant(`${name}/padded`, paddedConstant(constant, shape as readonly number[]));
    if (constant === undefined) {
      const ends = shape.map((size, axis) => (size === value.shape[axis] ? 0 : PADDING));
      const pads = this.#added.constant(`${name}/pads`, integers([...ends.map(() => 0), ...ends]));
      before.push({ name: padded, op: 'Pad', inputs: [name, pads], outputs: [padded], attributes: {} });
    }
    this.#padded.set(key, padded);
    return padded;
  }

  #rank(name: string): number {
    return this.#graph.values.get(name)!.shape.length;
  }

  /** One number for a whole row. */
  #isBroadcast(name: string): boolean {
    const { shape } = this.#graph.values.get(name)!;
    return shape.length === 0 || shape.at(-1) === 1;
  }

  #isVector(name: string): boolean {
    return this.#graph.constants.has(name) && this.#rank(name) === 1 && !this.#isBroadcast(name);
  }
}

/** Whether a value is the left side of a product with a matrix: the matrix can get rows of zeros. */
function isProductOf({ values }: Graph, node: Node, name: string): boolean {
  const [left, right] = node.inputs as readonly [string, string];
  return isOp(node, 'MatMul') && left === name && right !== name && values.get(right)!.shape.length === 2;
}

function paddedShape(shape: Value['shape'], axis: number): Value['shape'] {
  return shape.with(axis, paddedWidth(shape.at(axis) as number));
}

/** A vector or matrix with zeros behind its own numbers; read when it is asked for, or found by the session where it lies. */
function paddedConstant(constant: Tensor, shape: readonly number[]): StoredTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const [from, to] = [constant.shape.at(-1)!, shape.at(-1)!];
  const read = (): Float32Array => {
    const numbers = new Float32Array(length);
    const data = constant.data as Float32Array;
    for (let start = 0, row = 0; start < data.length; start += from, row++) {
      numbers.set(data.subarray(start, start + from), row * to);
    }
    return numbers;
  };
  const place = placeOf(constant);
  if (place?.padded === undefined) return new StoredTensor(shape, { length, read });
  // Columns follow one another: those of zeros need not be taken.
  const { padded: _, ...rest } = place;
  return new StoredTensor(shape, { length, read, place: { ...rest, byColumns: shape as [number, number] } });
}
