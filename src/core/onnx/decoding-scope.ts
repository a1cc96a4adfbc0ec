/** @file The values known so far, while the nodes of a file are decoded one after the other. */

import { GraftError } from '../errors/graft-error.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { OpType } from '../graph/operators.ts';
import { inferShapes, isOpType, MAX_AXES } from '../graph/shape-inference.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { decodeAttributes, looseAttributes } from './attributes.ts';
import { type ConstantOptions, decodeConstant } from './constant-node.ts';
import { DECOMPOSITIONS } from './decompositions.ts';
import { ConstantFolder } from './folding/constant-folder.ts';
import { CannotFold } from './folding/workspace.ts';
import { modelError } from './model-error.ts';
import { createComposer } from './node-composer.ts';
import { isOnnxDomain, trimmed } from './node-names.ts';
import { attributesAsInputs, SOFTMAX_ALONG_ONE_AXIS } from './older-opsets.ts';
import type { NodeProto } from './onnx_pb.ts';

/** What a node and its value come to, in a graph and in the copies that passes make of it; a constant beside its numbers. */
const NODE_BYTES = 3072;
const VALUE_BYTES = 256;

export interface ScopeOptions extends ConstantOptions {
  readonly opset: number;
  /** What the file's constants may take, those that are computed from others too. */
  readonly budget: FileBudget;
  /** Nodes that cannot be decoded are passed over; what needs them cannot be asked for. */
  readonly partial?: boolean | undefined;
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
      { where, name, outputs: outputs.length, constantOf: (value) => this.known(value) },
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

  /** A constant, or what follows from constants where its numbers are needed to know a shape. */
  known({ name, sizes }: Value): Tensor | undefined {
    const constant = this.constants.get(name);
    if (constant !== undefined || sizes?.every((size) => typeof size === 'number')) return constant;
    const folded = this.#folder.fold(name);
    if (folded !== undefined) this.#settle(name, folded);
    return folded;
  }

  #decode(proto: NodeProto): void {
    const { opType } = proto;
    const name = proto.name === '' ? (proto.output[0] ?? '') : proto.name;
    const where = `${opType} "${name}"`;
    if (opType === 'Constant' && isOnnxDomain(proto)) {
      this.constant(proto.output[0] ?? name, decodeConstant(proto, where, this.#options));
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
    const moved = attributesAsInputs(this, proto, name);
    if (isOpType(opType)) this.#plain(opType, moved, name, where);
    else decomposition?.(createComposer(this, moved, name, where));
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
