/** @file Builds a graph, one operator at a time; every value knows its shape as soon as it is made. */

import { GraftError } from '../errors/graft-error.ts';
import type { DType } from '../tensor/dtype.ts';
import { integers, scalar, type Tensor } from '../tensor/tensor.ts';
import type { Graph, Node, Shape, Value } from './graph.ts';
import type { OpAttributes, OpType } from './operators.ts';
import { Ops, type OptionalAttributes } from './ops.ts';
import { inferShapes } from './shape-inference.ts';

/** A graph in the making; its operators are emitted by the methods of {@link Ops}. */
export class GraphBuilder extends Ops {
  readonly name: string;
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #values = new Map<string, Value>();
  readonly #nextSuffix = new Map<string, number>();

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** Nodes so far, in order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The value of that name. @throws {GraftError} `graph`, if there is none. */
  value(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) {
      throw new GraftError('graph', {
        where: `graph "${this.name}"`,
        expected: 'the name of a value',
        received: `"${name}"`,
        advice: 'Build the value before it is used.',
      });
    }
    return value;
  }

  /** The constant behind a value, or undefined if it is computed or fed. */
  override constantOf(value: Value): Tensor | undefined {
    return this.#constants.get(value.name);
  }

  /** Declares an input. The name must be free. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#define({ name: this.#claim(name), dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** Adds a constant. The name is made unique. */
  override constant(tensor: Tensor, name = 'constant'): Value {
    const value = this.#define({ name: this.#unique(name), dtype: tensor.dtype, shape: tensor.shape });
    this.#constants.set(value.name, tensor);
    return value;
  }

  /** A float32 scalar constant. */
  override scalar(value: number): Value {
    return this.constant(scalar(value), 'scalar');
  }

  /** An int64 constant of one dimension: axes, shapes, pads. */
  override integers(values: readonly number[]): Value {
    return this.constant(integers(values), 'integers');
  }

  /**
   * Applies an operator and returns its first output.
   *
   * @param inputs - In ONNX' order; undefined for an optional one that is absent.
   * @throws {GraftError} `shape`, if the inputs' shapes or dtypes do not fit the operator.
   */
  override op<K extends OpType>(
    op: K,
    inputs: readonly (Value | undefined)[],
    ...rest: OptionalAttributes<K>
  ): Value {
    return this.ops(op, inputs, ...rest)[0]!;
  }

  /** As `op`, but returns all the outputs that `options.outputs` asks for. */
  ops<K extends OpType>(
    op: K,
    inputs: readonly (Value | undefined)[],
    ...rest: OptionalAttributes<K>
  ): Value[] {
    const attributes = rest[0] ?? ({} as OpAttributes[K]);
    const options = rest[1] ?? {};
    const name = this.#unique(options.name ?? op);
    const wanted = options.outputs ?? 1;
    const inferred = inferShapes(op, inputs, attributes, {
      where: `${op} "${name}"`,
      name,
      outputs: wanted,
      constantOf: (value) => this.constantOf(value),
    });
    const outputs = inferred
      .slice(0, wanted)
      .map((type, index) =>
        this.#define({ name: index === 0 ? name : this.#unique(`${name}:${index}`), ...type }),
      );
    this.#nodes.push({
      name,
      op,
      inputs: inputs.map((value) => (value === undefined ? '' : this.value(value.name).name)),
      outputs: outputs.map((value) => value.name),
      attributes,
    });
    return outputs;
  }

  /**
   * Asks a node for further outputs than were wanted when it was built: the indices of a MaxPool.
   *
   * @param value - The node's first output.
   * @param count - How many outputs are wanted.
   */
  override outputsOf(value: Value, count: number): Value[] {
    const index = this.#nodes.findIndex((node) => node.outputs[0] === value.name);
    const node = this.#nodes[index];
    if (node === undefined) {
      throw new GraftError('graph', {
        where: `graph "${this.name}"`,
        expected: 'the first output of a node',
        received: `"${value.name}"`,
        advice: 'Give a value that a node made.',
      });
    }
    if (node.outputs.length < count) {
      const inputs = node.inputs.map((name) => (name === '' ? undefined : this.value(name)));
      const inferred = inferShapes(node.op, inputs, node.attributes, {
        where: `${node.op} "${node.name}"`,
        name: node.name,
        outputs: count,
        constantOf: (input) => this.constantOf(input),
      });
      const more = inferred
        .slice(node.outputs.length, count)
        .map((type, i) =>
          this.#define({ name: this.#unique(`${node.name}:${node.outputs.length + i}`), ...type }),
        );
      this.#nodes[index] = { ...node, outputs: [...node.outputs, ...more.map((output) => output.name)] };
    }
    return this.#nodes[index]!.outputs.map((name) => this.value(name));
  }

  /** Marks a value as an output; with a name, under that name (through an Identity). */
  output(value: Value, name?: string): Value {
    let marked = value;
    if (name !== undefined && name !== value.name) {
      marked = this.#define({ ...value, name: this.#claim(name) });
      this.#nodes.push({
        name,
        op: 'Identity',
        inputs: [value.name],
        outputs: [name],
        attributes: {},
      });
    }
    this.#outputs.push(marked);
    return marked;
  }

  /**
   * Copies another graph's nodes into this one.
   *
   * @param feeds - For every input of `graph`, the value here that takes its place.
   * @param prefix - Stands before every name that comes with the graph. Default none.
   * @returns For each output of `graph`, in order, its value here.
   */
  inline(graph: Graph, feeds: ReadonlyMap<string, Value>, prefix = ''): Value[] {
    const here = new Map<string, Value>(feeds);
    const resolve = (name: string): Value => {
      const known = here.get(name);
      if (known !== undefined) return known;
      const tensor = graph.constants.get(name);
      if (tensor === undefined) {
        throw new GraftError('graph', {
          where: `graph "${this.name}"`,
          expected: `a feed for input "${name}" of graph "${graph.name}"`,
          received: 'none',
          advice: 'Give every input of the graph a value.',
        });
      }
      const constant = this.constant(tensor, `${prefix}${name}`);
      here.set(name, constant);
      return constant;
    };
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((name) => (name === '' ? undefined : resolve(name)));
      const outputs = this.ops(node.op, inputs, node.attributes as never, {
        name: `${prefix}${node.outputs[0] ?? node.name}`,
        outputs: node.outputs.length,
      });
      node.outputs.forEach((name, index) => {
        here.set(name, outputs[index]!);
      });
    }
    return graph.outputs.map((output) => resolve(output.name));
  }

  /** The graph as built so far. */
  build(): Graph {
    return {
      name: this.name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      constants: new Map(this.#constants),
      values: new Map(this.#values),
    };
  }

  #define(value: Value): Value {
    this.#values.set(value.name, value);
    return value;
  }

  #claim(name: string): string {
    if (this.#values.has(name)) {
      throw new GraftError('graph', {
        where: `graph "${this.name}"`,
        expected: 'a name that is free',
        received: `"${name}", which is taken`,
        advice: 'Choose another name.',
      });
    }
    return name;
  }

  #unique(name: string): string {
    if (!this.#values.has(name)) return name;
    let suffix = this.#nextSuffix.get(name) ?? 1;
    while (this.#values.has(`${name}_${suffix}`)) suffix++;
    this.#nextSuffix.set(name, suffix + 1);
    return `${name}_${suffix}`;
  }
}
