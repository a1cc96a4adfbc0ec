/**
 * @file Emits a graph again, with the axes of small images in the order in which training through them is fastest.
 * Convolutions become matrix products over batch and space; frozen batch normalization behind one becomes part of its
 * kernel, so that nothing of it is left to go back through.
 */

import type { GraphBuilder } from '../../graph/builder.ts';
import type { Graph, Node, Value } from '../../graph/graph.ts';
import type { OpAttributes, OpType } from '../../graph/operators.ts';
import { countReaders, isOp } from '../../graph/passes/rewrite.ts';
import { type WindowAxis, windowAxes } from '../../graph/shape-rules-window.ts';
import type { Shortcut } from '../shortcut.ts';
import { emitConvolution } from './convolution.ts';
import { RowGatherer } from './gathered-rows.ts';
import { HeldValue, SPACE_BEFORE_BATCH } from './held-value.ts';
import { emitAveragePool, emitDepthwise, isSmallWindow } from './window-matrix.ts';

/** Positions of a map from which on ONNX Runtime's own convolution is as fast, and needs less memory. */
const MAX_POSITIONS = 400;

/** What leaves the order of axes alone: one image in, element by element. */
const ELEMENTWISE: ReadonlySet<OpType> = new Set<OpType>([
  ...(['Neg', 'Abs', 'Sign', 'Sqrt', 'Reciprocal', 'Exp', 'Log', 'Erf', 'Relu', 'LeakyRelu', 'Elu'] as const),
  ...(['Sigmoid', 'HardSigmoid', 'Tanh', 'Softplus', 'Clip', 'Identity', 'Cast', 'Not'] as const),
]);

/** Several operands, element by element, broadcast. */
const BROADCASTING: ReadonlySet<OpType> = new Set<OpType>([
  ...(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Where'] as const),
  ...(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And'] as const),
]);

export interface SpatialFirst {
  /** For each output of the graph, in order, its value in the builder, axes as they were. */
  readonly outputs: readonly Value[];
  /** For `gradients`. */
  readonly shortcuts: readonly Shortcut[];
}

/**
 * @param graph - Simplified; its outputs' axes stay as they are.
 * @param feeds - For every input of `graph`, the value in `builder` that takes its place.
 */
export function emitSpatialFirst(
  builder: GraphBuilder,
  graph: Graph,
  feeds: ReadonlyMap<string, Value>,
): SpatialFirst {
  const emission = new Emission(builder, graph, feeds);
  for (const node of graph.nodes) emission.emit(node);
  return {
    outputs: graph.outputs.map(({ name }) => emission.held(name).batchFirst),
    shortcuts: emission.shortcuts,
  };
}

class Emission {
  readonly shortcuts: Shortcut[] = [];
  readonly #builder: GraphBuilder;
  readonly #graph: Graph;
  readonly #rows: RowGatherer;
  readonly #held = new Map<string, HeldValue>();
  readonly #readers: ReadonlyMap<string, number>;
  /** Batch normalizations by what they read. */
  readonly #normalizations: ReadonlyMap<string, Node<'BatchNormalization'>>;

  constructor(builder: GraphBuilder, graph: Graph, feeds: ReadonlyMap<string, Value>) {
    this.#builder = builder;
    this.#graph = graph;
    this.#rows = new RowGatherer(builder);
    this.#readers = countReaders(graph);
    this.#normalizations = new Map(
      graph.nodes
        .filter((node) => isOp(node, 'BatchNormalization'))
        .map((node) => [node.inputs[0]!, node as Node<'BatchNormalization'>]),
    );
    for (const [name, value] of feeds) this.#held.set(name, HeldValue.asItWas(builder, value));
  }

  held(name: string): HeldValue {
    const known = this.#held.get(name);
    if (known !== undefined) return known;
    const constant = this.#builder.constant(this.#graph.constants.get(name)!, name);
    const held = HeldValue.asItWas(this.#builder, constant);
    this.#held.set(name, held);
    return held;
  }

  emit(node: Node): void {
    // Emitted already, together with the convolution before it.
    if (this.#held.has(node.outputs[0]!)) return;
    const spatialFirst = this.#spatialFirst(node);
    if (spatialFirst !== undefined) {
      this.#held.set(spatialFirst.name, HeldValue.spatialFirst(this.#builder, spatialFirst.value));
      return;
    }
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.held(name).batchFirst));
    const outputs = this.#builder.ops(node.op, inputs, node.attributes as never, {
      name: node.name,
      outputs: node.outputs.length,
    });
    node.outputs.forEach((name, index) => {
      this.#held.set(name, HeldValue.asItWas(this.#builder, outputs[index]!));
    });
  }

  /** The node's output with space first, under the name of what it stands for; undefined to leave the node as it is. */
  #spatialFirst(node: Node): { readonly name: string; readonly value: Value } | undefined {
    if (isOp(node, 'Conv')) return this.#convolution(node);
    const value = this.#follow(node);
    return value && { name: node.outputs[0]!, value };
  }

  /** Nodes that take the order of their input's axes. */
  #follow(node: Node): Value | undefined {
    const [first] = node.inputs;
    const isSpatial = (name: string | undefined) => this.#held.get(name ?? '')?.isSpatialFirst === true;
    if (BROADCASTING.has(node.op)) return node.inputs.some(isSpatial) ? this.#broadcast(node) : undefined;
    if (isOp(node, 'Concat')) return node.inputs.some(isSpatial) ? this.#concat(node) : undefined;
    if (!isSpatial(first) || node.outputs.length > 1) return undefined;
    const x = this.held(first!).spatialFirst;
    if (ELEMENTWISE.has(node.op)) {
      const rest = node.inputs.slice(1).map((name) => (name === '' ? undefined : this.held(name).batchFirst));
      return this.#again(node, [x, ...rest], node.attributes);
    }
    if (isOp(node, 'BatchNormalization')) return this.#normalize(node, x);
    if (isOp(node, 'Pad')) return this.#pad(node, x);
    if (isOp(node, 'GlobalAveragePool')) {
      return this.#builder.mean(x, [0, 1], 1);
    }
    if (isOp(node, 'AveragePool')) return this.#averagePool(node, x);
    return isOp(node, 'ReduceMean') || isOp(node, 'ReduceSum') ? this.#reduce(node, x) : undefined;
  }

  #again(node: Node, inputs: readonly (Value | undefined)[], attributes: OpAttributes[OpType]): Value {
    return this.#builder.op<OpType>(node.op, inputs, attributes as never, { name: node.name });
  }

  #convolution(node: Node<'Conv'>): { readonly name: string; readonly value: Value } | undefined {
    const [input, kernelName, biasName] = node.inputs as [string, string, string | undefined];
    const { shape } = this.#graph.values.get(kernelName)!;
    const [out, perGroup, ...window] = shape as number[];
    const [from, to] = [this.#space(input), this.#space(node.outputs[0]!)];
    if (from === undefined || to === undefined || window.length !== 2) return undefined;
    const group = node.attributes.group ?? 1;
    const isDepthwise = group > 1 && group === out && perGroup === 1;
    if (isDepthwise ? !isSmallWindow(from, to) : group > 1 || to[0] * to[1] > MAX_POSITIONS) return undefined;
    const axes = windowAxes(window, node.attributes) as [WindowAxis, WindowAxis];
    const x = this.held(input).spatialFirst;
    const folded = this.#fold(node);
    const bias = biasName ? this.held(biasName).batchFirst : undefined;
    const ops = this.#builder;
    if (isDepthwise) {
      const taps = ops.reshape(this.held(kernelName).batchFirst, [out, -1]);
      const kernel = folded === undefined ? taps : ops.mul(taps, ops.reshape(folded.scale, [out, 1]));
      const { y, shortcut } = emitDepthwise(ops, { x, kernel, axes, size: to });
      this.shortcuts.push(shortcut);
      const shift = folded === undefined ? bias : folded.shift(bias);
      const value = shift === undefined ? y : ops.add(y, shift);
      return { name: folded?.name ?? node.outputs[0]!, value };
    }
    const turned = ops.transpose(this.held(kernelName).batchFirst, [2, 3, 1, 0]);
    const rows = ops.reshape(turned, [-1, out!]);
    const kernel = folded === undefined ? rows : ops.mul(rows, folded.scale);
    const shift = folded === undefined ? bias : folded.shift(bias);
    const { y, shortcut } = emitConvolution(ops, this.#rows, { x, kernel, bias: shift, axes, size: to });
    this.shortcuts.push(shortcut);
    return { name: folded?.name ?? node.outputs[0]!, value: y };
  }

  /** The frozen normalization that alone reads a convolution, as a scale of its kernel and a shift of its bias. */
  #fold(
    node: Node<'Conv'>,
  ):
    | { readonly name: string; readonly scale: Value; readonly shift: (bias: Value | undefined) => Value }
    | undefined {
    const output = node.outputs[0]!;
    const normalization = this.#normalizations.get(output);
    if (normalization === undefined || this.#readers.get(output) !== 1) return undefined;
    // What is trained may be made later than the convolution; then the normalization stays a step of its own.
    const isKnown = (name: string) => this.#held.has(name) || this.#graph.constants.has(name);
    if (!normalization.inputs.slice(1).every(isKnown)) return undefined;
    const { scale, shift } = this.#scaleAndShift(normalization);
    return {
      name: normalization.outputs[0]!,
      scale,
      shift: (bias) =>
        bias === undefined ? shift : this.#builder.add(this.#builder.mul(bias, scale), shift),
    };
  }

  /** `y = scale x + shift`, both `[C]`. */
  #scaleAndShift(node: Node<'BatchNormalization'>): { readonly scale: Value; readonly shift: Value } {
    const e = this.#builder;
    const [gamma, beta, mean, variance] = node.inputs.slice(1).map((name) => this.held(name).batchFirst);
    const scale = e.div(gamma!, e.sqrt(e.add(variance!, node.attributes.epsilon ?? 1e-5)));
    return { scale, shift: e.sub(beta!, e.mul(mean!, scale)) };
  }

  #normalize(node: Node<'BatchNormalization'>, x: Value): Value {
    const { scale, shift } = this.#scaleAndShift(node);
    return this.#builder.add(this.#builder.mul(x, scale), shift);
  }

  #averagePool(node: Node<'AveragePool'>, x: Value): Value | undefined {
    const [from, to] = [this.#space(node.inputs[0]!), this.#space(node.outputs[0]!)];
    // Rounded up, windows count differently beyond the end.
    if (from === undefined || to === undefined || node.attributes.ceil_mode === 1) return undefined;
    if (!isSmallWindow(from, to)) return undefined;
    const axes = windowAxes(node.attributes.kernel_shape, node.attributes) as [WindowAxis, WindowAxis];
    const countsPads = node.attributes.count_include_pad === 1;
    return emitAveragePool(this.#builder, { x, axes, size: to, countsPads });
  }

  #broadcast(node: Node): Value | undefined {
    const operands = node.inputs.map((name) => {
      const { shape } = this.#graph.values.get(name)!;
      if (shape.length === 4) return this.held(name).spatialFirst;
      return shape.length === 0 ? this.held(name).batchFirst : undefined;
    });
    if (operands.includes(undefined)) return undefined;
    return this.#again(node, operands, node.attributes);
  }

  #concat(node: Node<'Concat'>): Value {
    const { axis } = node.attributes;
    const inputs = node.inputs.map((name) => this.held(name).spatialFirst);
    return this.#again(node, inputs, { axis: SPACE_BEFORE_BATCH[axis < 0 ? axis + 4 : axis]! });
  }

  #pad(node: Node<'Pad'>, x: Value): Value | undefined {
    const pads = this.#integers(node.inputs[1]!);
    if (pads === undefined) return undefined;
    const moved = new Array<number>(8).fill(0);
    pads.forEach((pad, index) => {
      moved[SPACE_BEFORE_BATCH[index % 4]! + (index < 4 ? 0 : 4)] = pad;
    });
    const rest = node.inputs.slice(2).map((name) => (name === '' ? undefined : this.held(name).batchFirst));
    return this.#again(node, [x, this.#builder.integers(moved), ...rest], node.attributes);
  }

  #reduce(node: Node<'ReduceMean' | 'ReduceSum'>, x: Value): Value | undefined {
    const axes = node.inputs[1] === undefined ? undefined : this.#integers(node.inputs[1]);
    if (axes === undefined || axes.length === 0 || node.attributes.keepdims === 0) return undefined;
    const moved = axes.map((axis) => SPACE_BEFORE_BATCH[axis < 0 ? axis + 4 : axis]!).sort((a, b) => a - b);
    return this.#again(node, [x, this.#builder.integers(moved)], node.attributes);
  }

  #integers(name: string): number[] | undefined {
    const tensor = this.#graph.constants.get(name);
    return tensor && Array.from<number | bigint, number>(tensor.data as BigInt64Array, Number);
  }

  /** Height and width of an image, where they are known. */
  #space(name: string): [number, number] | undefined {
    const { shape } = this.#graph.values.get(name)!;
    const [height, width] = shape.slice(2);
    if (shape.length !== 4 || typeof shape[1] !== 'number') return undefined;
    return typeof height === 'number' && typeof width === 'number' ? [height, width] : undefined;
  }
}
