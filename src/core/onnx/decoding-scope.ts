/** @file The values known so far, while the nodes of a file are decoded one after the other. */

import { GraftError } from '../errors/graft-error.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { OpAttributes, OpType } from '../graph/operators.ts';
import { inferShapes, isOpType, MAX_AXES } from '../graph/shape-inference.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import { floats, integers, scalar, type Tensor } from '../tensor/tensor.ts';
import { decodeAttributes, looseAttributes } from './attributes.ts';
import type { Composer } from './composer.ts';
import { DECOMPOSITIONS } from './decompositions.ts';
import { ConstantFolder } from './folding/constant-folder.ts';
import { CannotFold } from './folding/workspace.ts';
import type { AttributeProto, NodeProto } from './onnx_pb.ts';
import { type ExternalData, fromTensorProto } from './tensor-proto.ts';

/** Inputs that were attributes in older opsets, in the order of the inputs from the second on. */
const ONCE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Clip: ['min', 'max'],
  Pad: ['pads', 'value'],
  ReduceL2: ['axes'],
  ReduceMax: ['axes'],
  ReduceMean: ['axes'],
  ReduceMin: ['axes'],
  ReduceSum: ['axes'],
  ReduceSumSquare: ['axes'],
  Slice: ['starts', 'ends', 'axes'],
  Squeeze: ['axes'],
  Unsqueeze: ['axes'],
};

/** Until then, Softmax took everything from its axis on as one. */
const SOFTMAX_ALONG_ONE_AXIS = 13;

/** What a node and its value come to, in a graph and in the copies that passes make of it; a constant beside its numbers. */
const NODE_BYTES = 3072;
const VALUE_BYTES = 256;

/** Sizes of parts, copies along axes: a longer list is none of those. */
const LONGEST_LIST = 4096;

export interface ScopeOptions {
  readonly opset: number;
  /** What the file's constants may take, those that are computed from others too. */
  readonly budget: FileBudget;
  readonly externalData?: ExternalData | undefined;
  /** Nodes that cannot be decoded are passed over; what needs them cannot be asked for. */
  readonly partial?: boolean | undefined;
  /** Floats of 16 bits become float32. */
  readonly widensHalves?: boolean | undefined;
  /** Sizes that are known become constants, rather than be computed again from the shapes of a run. */
  readonly foldsSizes?: boolean | undefined;
}

export class Scope {
  readonly values: Map<string, Value> = new Map();
  readonly constants: Map<string, Tensor> = new Map();
  /** Constants that the file leaves to be computed. */
  readonly folded: Set<string> = new Set();
  readonly nodes: Node[] = [];
  /** Why a value could not be decoded. */
  readonly refusals: Map<string, GraftError> = new Map();
  readonly #options: ScopeOptions;
  readonly #folder: ConstantFolder;
  readonly #suffixes = new Map<string, number>();

  constructor(options: ScopeOptions) {
    this.#options = options;
    this.#folder = new ConstantFolder(this, options.budget);
  }

  define(value: Value): Value {
    if (this.values.has(value.name)) {
      throw modelError('model', 'names that are used once', `"${value.name}" twice`, 'The file is damaged.');
    }
    if (value.shape.length > MAX_AXES) {
      const received = `${value.shape.length} of "${value.name}"`;
      throw modelError('model', `at most ${MAX_AXES} axes`, received, 'The file is damaged.');
    }
    this.values.set(value.name, value);
    return value;
  }

  constant(name: string, tensor: Tensor): void {
    this.#options.budget.take(VALUE_BYTES + tensor.data.byteLength, `constant "${name}"`);
    this.define({ name, dtype: tensor.dtype, shape: tensor.shape });
    this.constants.set(name, tensor);
  }

  value(name: string, where: string): Value {
    const value = this.values.get(name);
    if (value !== undefined) return value;
    throw (
      this.refusals.get(name) ??
      modelError(where, 'a value that was computed before', `"${name}"`, 'The file is damaged.')
    );
  }

  /** Decodes a node; a Constant becomes a constant, and so does what follows from constants and no graph holds. */
  node(proto: NodeProto): void {
    const before = this.nodes.length;
    try {
      this.#decode(proto);
    } catch (error) {
      // Of a file made to fill the memory, the rest would be tried and refused node by node.
      if (this.#options.budget.isExceeded) throw error;
      const refusal = asModelError(error);
      for (const node of this.nodes.splice(before)) {
        for (const output of node.outputs) this.values.delete(output);
        this.#folder.remove(node);
      }
      const folded = this.#fold(proto);
      if (folded === undefined) return;
      const reported = folded.limit === undefined ? refusal : tooLarge(proto, folded.limit);
      if (!this.#options.partial) throw reported;
      for (const output of proto.output) if (output !== '') this.refusals.set(output, reported);
    }
  }

  /** Adds a node; shapes and dtypes of its outputs are inferred. */
  add(
    op: Node['op'],
    name: string,
    where: string,
    parts: Pick<Node, 'inputs' | 'outputs' | 'attributes'>,
  ): void {
    const { inputs, outputs, attributes } = parts;
    const types = inferShapes(
      op,
      inputs.map((input) => (input === '' ? undefined : this.value(input, where))),
      attributes as never,
      { where, name, outputs: outputs.length, constantOf: (value) => this.#constantOf(value) },
    );
    outputs.forEach((output, index) => {
      if (output !== '') this.define({ name: output, ...types[index]! });
    });
    this.#options.budget.take(NODE_BYTES, `node "${name}"`);
    const node = { name, op, inputs, outputs, attributes };
    this.nodes.push(node);
    this.#folder.add(node);
    if (this.#options.foldsSizes) {
      for (const output of outputs) {
        const sizes = this.#folder.known(output);
        if (sizes !== undefined) this.#settle(output, sizes);
      }
    }
  }

  /** Whether what was folded follows from sizes of the image. */
  get foldedFromSizes(): boolean {
    return this.#folder.usedSizes;
  }

  /** The nodes that are left: none whose output became a constant. */
  remainingNodes(): readonly Node[] {
    return this.nodes.filter(({ outputs }) => !outputs.some((output) => this.folded.has(output)));
  }

  /** A name that no value has. */
  free(base: string): string {
    if (!this.values.has(base)) return base;
    let suffix = this.#suffixes.get(base) ?? 1;
    while (this.values.has(`${base}_${suffix}`)) suffix++;
    this.#suffixes.set(base, suffix);
    return `${base}_${suffix}`;
  }

  #decode(proto: NodeProto): void {
    const { opType } = proto;
    const name = proto.name === '' ? (proto.output[0] ?? '') : proto.name;
    const where = `${opType} "${name}"`;
    if (opType === 'Constant' && isOnnxDomain(proto)) {
      this.constant(proto.output[0] ?? name, constantOf(proto, where, this.#options));
      return;
    }
    const decomposition = Object.hasOwn(DECOMPOSITIONS, opType) ? DECOMPOSITIONS[opType] : undefined;
    if (!(isOpType(opType) || decomposition !== undefined) || !isOnnxDomain(proto)) {
      const received = isOnnxDomain(proto) ? `"${opType}"` : `"${proto.domain}.${opType}"`;
      throw modelError(
        `node "${name}"`,
        'an operator that Graft has',
        received,
        'Export the model without this operator, or cut it before this node.',
      );
    }
    const moved = this.#attributesAsInputs(proto, name);
    if (isOpType(opType)) this.#plain(opType, moved, name, where);
    else decomposition?.(this.#composer(moved, name, where));
  }

  /** A constant, or what follows from constants where its numbers are needed to know a shape. */
  #constantOf({ name, sizes }: Value): Tensor | undefined {
    const constant = this.constants.get(name);
    if (constant !== undefined || sizes?.every((size) => typeof size === 'number')) return constant;
    const folded = this.#folder.fold(name);
    if (folded !== undefined) this.#settle(name, folded);
    return folded;
  }

  /** Makes a constant of a node's output, if it is one; else says why it is not. */
  #fold(proto: NodeProto): CannotFold | undefined {
    const [output = '', ...others] = proto.output;
    // Of a constant that is normalized, running statistics go in and come out for nothing.
    const isNormalized = proto.opType === 'BatchNormalization';
    const inputs = isNormalized ? proto.input.slice(0, 3) : proto.input;
    const isAlone = isNormalized || others.every((other) => other === '');
    if (output === '' || !isAlone || this.values.has(output) || !isOnnxDomain(proto)) {
      return new CannotFold('not one new output');
    }
    const attributes = looseAttributes(proto, this.#options.widensHalves === true);
    const folded = this.#folder.evaluate({ op: proto.opType, inputs, attributes });
    if (folded instanceof CannotFold) return folded;
    this.#settle(output, folded);
    return undefined;
  }

  #settle(name: string, tensor: Tensor): void {
    this.values.set(name, { name, dtype: tensor.dtype, shape: tensor.shape });
    this.constants.set(name, tensor);
    this.folded.add(name);
  }

  #plain(op: OpType, proto: NodeProto, name: string, where: string): void {
    const inputOf = (index: number) => this.values.get(proto.input[index] ?? '');
    const widens = this.#options.widensHalves === true;
    const attributes = decodeAttributes(op, proto, where, inputOf, widens);
    const inputs = trimmed(proto.input);
    const older = this.#options.opset < SOFTMAX_ALONG_ONE_AXIS;
    if (older && (op === 'Softmax' || op === 'LogSoftmax')) {
      const axis = (attributes as { axis?: number }).axis ?? 1;
      const rank = this.value(inputs[0] ?? '', where).shape.length;
      if (axis !== rank - 1 && axis !== -1) {
        throw modelError(where, 'a softmax along the last axis', `axis ${axis}`, 'Export with opset 18.');
      }
      this.add(op, name, where, { inputs, outputs: trimmed(proto.output), attributes: { axis: -1 } });
      return;
    }
    this.add(op, name, where, { inputs, outputs: trimmed(proto.output), attributes });
  }

  /** The node as a newer opset has it: what became inputs, as constants. */
  #attributesAsInputs(proto: NodeProto, name: string): NodeProto {
    const moving = Object.hasOwn(ONCE_ATTRIBUTES, proto.opType) ? ONCE_ATTRIBUTES[proto.opType]! : [];
    const found = moving.map((attribute) => proto.attribute.find((each) => each.name === attribute));
    if (found.every((attribute) => attribute === undefined) || proto.input.length !== 1) return proto;
    const inputs = found.map((attribute, index) => {
      if (attribute === undefined) return '';
      const input = this.free(`${name}/${moving[index]}`);
      this.constant(input, tensorOf(attribute));
      return input;
    });
    return {
      ...proto,
      input: trimmed([proto.input[0]!, ...inputs]),
      attribute: proto.attribute.filter((each) => !found.includes(each)),
    };
  }

  #composer(proto: NodeProto, name: string, where: string): Composer {
    const inputs = trimmed(proto.input);
    const attribute = (wanted: string): AttributeProto | undefined =>
      proto.attribute.find((each) => each.name === wanted);
    const optional = (index: number): string | undefined => inputs[index] || undefined;
    const constant = (tensor: Tensor, what: string): string => {
      const free = this.free(`${name}/${what}`);
      this.constant(free, tensor);
      return free;
    };
    return {
      outputs: proto.output,
      inputCount: inputs.length,
      optional,
      required: (index, what) => {
        const input = optional(index);
        if (input !== undefined) return this.value(input, where).name;
        throw modelError(where, `an input "${what}"`, 'none', 'The file is damaged.');
      },
      value: (input) => this.value(input, where),
      known: (input) => {
        const numbers = this.#constantOf(this.value(input, where))?.data;
        return numbers === undefined || numbers.length > LONGEST_LIST
          ? this.value(input, where).sizes
          : Array.from<number | bigint, number>(numbers as ArrayLike<number | bigint>, Number);
      },
      int: (wanted, fallback) => Number(attribute(wanted)?.i ?? fallback),
      float: (wanted, fallback) => attribute(wanted)?.f ?? fallback,
      text: (wanted, fallback) => {
        const bytes = attribute(wanted)?.s;
        return bytes === undefined ? fallback : new TextDecoder().decode(bytes);
      },
      ints: (wanted) => attribute(wanted)?.ints.map(Number),
      op: <K extends OpType>(
        op: K,
        from: readonly string[],
        attributes?: OpAttributes[K],
        output?: string,
      ): string => {
        const made = output ?? this.free(`${name}/${op}`);
        this.add(op, made, where, { inputs: from, outputs: [made], attributes: attributes ?? {} });
        return made;
      },
      scalar: (value) => constant(scalar(value), 'scalar'),
      integers: (values) => constant(integers(values), 'integers'),
      refuse: (expected, received) =>
        modelError(where, expected, received, 'Export the model without it, or cut it before this node.'),
    };
  }
}

/** An error about a model file. */
export function modelError(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('model-file', { where, expected, received, advice });
}

function tooLarge(proto: NodeProto, limit: string): GraftError {
  return modelError(
    `${proto.opType} "${proto.name === '' ? (proto.output[0] ?? '') : proto.name}"`,
    `constants that are computed to take at most ${limit}`,
    'more',
    'Export the model with its constants folded, or cut it before this node.',
  );
}

function asModelError(error: unknown): GraftError {
  if (!(error instanceof GraftError)) throw error;
  return error.code === 'model-file' ? error : new GraftError('model-file', error.parts, { cause: error });
}

function isOnnxDomain({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** Without the absent ones at the end. */
function trimmed(names: readonly string[]): string[] {
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}

/** Numbers in an attribute as the tensor that a newer opset has in its place. */
function tensorOf(attribute: AttributeProto): Tensor {
  return attribute.name === 'min' || attribute.name === 'max' || attribute.name === 'value'
    ? scalar(attribute.f)
    : integers(attribute.ints.map(Number));
}

function constantOf(proto: NodeProto, where: string, { externalData, widensHalves }: ScopeOptions): Tensor {
  const attribute = proto.attribute[0];
  switch (attribute?.name) {
    case 'value':
      if (attribute.t !== undefined) return fromTensorProto(attribute.t, externalData, widensHalves);
      break;
    case 'value_float':
      return scalar(attribute.f);
    case 'value_floats':
      return floats([attribute.floats.length], attribute.floats);
    case 'value_int':
      return { dtype: 'int64', shape: [], data: BigInt64Array.of(attribute.i) };
    case 'value_ints':
      return { dtype: 'int64', shape: [attribute.ints.length], data: BigInt64Array.from(attribute.ints) };
  }
  const received = attribute === undefined ? 'none' : `"${attribute.name}"`;
  throw modelError(where, 'a constant of numbers', received, 'Export the model without it.');
}
