/** @file The bytes of an .onnx file as a graph. */

import { fromBinary } from '@bufbuild/protobuf';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph, Node, Shape, Value } from '../graph/graph.ts';
import { inferShapes, isOpType } from '../graph/shape-inference.ts';
import { integers, type Tensor } from '../tensor/tensor.ts';
import { decodeAttributes } from './attributes.ts';
import { dataTypeName, fromDataType } from './data-type.ts';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from './onnx_pb.ts';
import { fromTensorProto } from './tensor-proto.ts';

/** Opsets whose operators mean what opset 18's do, for those that a graph may hold. */
const OLDEST_OPSET = 13;
const NEWEST_OPSET = 22;

export interface DecodedModel {
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
  readonly producerName: string;
  readonly producerVersion: string;
}

/**
 * Decodes a model. Shapes are inferred anew; what the file says of its inner values is not needed.
 *
 * @throws {GraftError} `model-file`, if the bytes are no ONNX model, are damaged, or hold what a graph cannot.
 */
export function decodeModel(bytes: Uint8Array): DecodedModel {
  const model = parse(bytes);
  const opset = Number(
    model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
  );
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    throw modelError(
      'model',
      `ONNX opset ${OLDEST_OPSET} to ${NEWEST_OPSET}`,
      opset === 0 ? 'none' : `opset ${opset}`,
      'Export the model with opset 18.',
    );
  }
  return {
    graph: decodeGraph(model.graph!),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
  };
}

function parse(bytes: Uint8Array): ModelProto {
  const damaged = (cause?: unknown) =>
    new GraftError(
      'model-file',
      {
        where: 'model',
        expected: 'an ONNX model',
        received: `${bytes.length} bytes that are none, or only a part of one`,
        advice: 'Check that the file is an .onnx file and was written to its end.',
      },
      cause === undefined ? {} : { cause },
    );
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw damaged(error);
  }
  if (model.graph === undefined || model.irVersion <= 0n) throw damaged();
  return model;
}

function decodeGraph(proto: GraphProto): Graph {
  const scope = new Scope(proto.name);
  if (proto.sparseInitializer.length > 0) {
    throw modelError('model', 'dense initializers', 'sparse ones', 'Export the model without them.');
  }
  for (const initializer of proto.initializer) scope.constant(initializer.name, fromTensorProto(initializer));
  // Before IR version 4, initialisers were listed among the inputs.
  const inputs = proto.input
    .filter(({ name }) => !scope.constants.has(name))
    .map((info) => scope.define(decodeValueInfo(info)));
  const nodes = proto.node.flatMap((node) => scope.node(node) ?? []);
  const outputs = proto.output.map(({ name }) => scope.value(name, 'model output'));
  return { name: proto.name, inputs, outputs, nodes, constants: scope.constants, values: scope.values };
}

function decodeValueInfo({ name, type }: ValueInfoProto): Value {
  const where = `model input "${name}"`;
  if (type?.value.case !== 'tensorType') {
    throw modelError(
      where,
      'a tensor',
      type?.value.case ?? 'no type',
      'Export the model with tensors alone.',
    );
  }
  const { elemType, shape } = type.value.value;
  const dtype = fromDataType(elemType);
  if (dtype === undefined) {
    throw modelError(where, 'an element type that Graft has', dataTypeName(elemType), 'Convert the model.');
  }
  if (shape === undefined) {
    throw modelError(where, 'a known number of axes', 'no shape', 'Export the model with input shapes.');
  }
  const sizes: Shape = shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue' && value.value >= 0n) return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : `${name}.${axis}`;
  });
  return { name, dtype, shape: sizes };
}

/** The values known so far, while nodes are decoded one after the other. */
class Scope {
  readonly graphName: string;
  readonly values = new Map<string, Value>();
  readonly constants = new Map<string, Tensor>();

  constructor(graphName: string) {
    this.graphName = graphName;
  }

  define(value: Value): Value {
    if (this.values.has(value.name)) {
      throw modelError('model', 'names that are used once', `"${value.name}" twice`, 'The file is damaged.');
    }
    this.values.set(value.name, value);
    return value;
  }

  constant(name: string, tensor: Tensor): void {
    this.define({ name, dtype: tensor.dtype, shape: tensor.shape });
    this.constants.set(name, tensor);
  }

  value(name: string, where: string): Value {
    const value = this.values.get(name);
    if (value !== undefined) return value;
    throw modelError(where, 'a value that was computed before', `"${name}"`, 'The file is damaged.');
  }

  /** Decodes a node; a Constant becomes a constant. */
  node(proto: NodeProto): Node | undefined {
    const name = proto.name === '' ? (proto.output[0] ?? '') : proto.name;
    const where = `${proto.opType} "${name}"`;
    if (proto.opType === 'Constant' && isOnnxDomain(proto)) {
      this.constant(proto.output[0] ?? name, constantOf(proto, where));
      return undefined;
    }
    const { opType } = proto;
    if (!isOpType(opType) || !isOnnxDomain(proto)) {
      const received = isOnnxDomain(proto) ? `"${opType}"` : `"${proto.domain}.${opType}"`;
      throw modelError(
        `node "${name}"`,
        'an operator that Graft has',
        received,
        'Export the model without this operator, or cut it before this node.',
      );
    }
    const { attributes, axes } = decodeAttributes(opType, proto, where, (index) => {
      const input = proto.input[index];
      return input === undefined ? undefined : this.values.get(input);
    });
    const inputs = trimmed(proto.input);
    // Until opset 17, some reductions had their axes as an attribute.
    if (axes !== undefined && inputs.length === 1) {
      inputs.push(`${name}/axes`);
      this.constant(`${name}/axes`, integers(axes));
    }
    const outputs = trimmed(proto.output);
    const types = this.#infer(opType, inputs, attributes, name, where, outputs.length);
    outputs.forEach((output, index) => {
      if (output !== '') this.define({ name: output, ...types[index]! });
    });
    return { name, op: opType, inputs, outputs, attributes };
  }

  #infer(
    op: Node['op'],
    inputs: readonly string[],
    attributes: Node['attributes'],
    name: string,
    where: string,
    outputs: number,
  ) {
    try {
      return inferShapes(
        op,
        inputs.map((input) => (input === '' ? undefined : this.value(input, where))),
        attributes as never,
        { where, name, outputs, constantOf: (value) => this.constants.get(value.name) },
      );
    } catch (error) {
      if (!(error instanceof GraftError) || error.code === 'model-file') throw error;
      throw new GraftError('model-file', error.parts, { cause: error });
    }
  }
}

function isOnnxDomain({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** Without the absent ones at the end. */
function trimmed(names: readonly string[]): string[] {
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}

function constantOf(proto: NodeProto, where: string): Tensor {
  const attribute = proto.attribute[0];
  switch (attribute?.name) {
    case 'value':
      if (attribute.t !== undefined) return fromTensorProto(attribute.t);
      break;
    case 'value_float':
      return { dtype: 'float32', shape: [], data: Float32Array.of(attribute.f) };
    case 'value_floats':
      return {
        dtype: 'float32',
        shape: [attribute.floats.length],
        data: Float32Array.from(attribute.floats),
      };
    case 'value_int':
      return { dtype: 'int64', shape: [], data: BigInt64Array.of(attribute.i) };
    case 'value_ints':
      return { dtype: 'int64', shape: [attribute.ints.length], data: BigInt64Array.from(attribute.ints) };
  }
  const received = attribute === undefined ? 'none' : `"${attribute.name}"`;
  throw modelError(where, 'a constant of numbers', received, 'Export the model without it.');
}

function modelError(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('model-file', { where, expected, received, advice });
}
