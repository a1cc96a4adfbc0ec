/** @file A graph as the bytes of an .onnx file. */

import { create, toBinary } from '@bufbuild/protobuf';
import type { Graph, Node, Value } from '../graph/graph.ts';
import { OPSET } from '../graph/operators.ts';
import type { DType } from '../tensor/dtype.ts';
import { arrayOf } from '../tensor/dtype.ts';
import { tensor } from '../tensor/tensor.ts';
import { ATTRIBUTES, type AttributeKind } from './attribute-table.ts';
import { toDataType } from './data-type.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';
import { toTensorProto } from './tensor-proto.ts';

/** ONNX' file format; 8 came with opset 17 and is read by everything that reads opset 18. */
const IR_VERSION = 8n;
const PRODUCER_NAME = 'graft';

export interface EncodeOptions {
  /** Written as `metadata_props`; keys and values are free text. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly producerVersion?: string;
}

/** Encodes a graph: IR version 8, opset 18, tensors as raw bytes. The same graph gives the same bytes. */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: BigInt(OPSET) }],
    producerName: PRODUCER_NAME,
    producerVersion: options.producerVersion ?? '',
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      initializer: [...graph.constants].map(([name, constant]) => toTensorProto(name, constant)),
      node: graph.nodes.map(nodeProto),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo({ name, dtype, shape }: Value): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'number'
          ? { case: 'dimValue', value: BigInt(size) }
          : { case: 'dimParam', value: size },
    }),
  );
  const tensorType = { elemType: toDataType(dtype), shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } });
}

function nodeProto(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: attributes(node),
  });
}

function attributes(node: Node): AttributeProto[] {
  const kinds: Readonly<Record<string, AttributeKind>> = ATTRIBUTES[node.op];
  if (node.op === 'ConstantOfShape') {
    const { value, dtype } = node.attributes as { value?: number; dtype?: DType };
    if (value === undefined && dtype === undefined) return [];
    return [create(AttributeProtoSchema, { name: 'value', ...fill(value ?? 0, dtype ?? 'float32') })];
  }
  return Object.entries(node.attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => create(AttributeProtoSchema, { name, ...payload(kinds[name]!, value) }));
}

function payload(kind: AttributeKind, value: unknown) {
  if (typeof kind !== 'string') {
    return { type: AttributeType.STRING, s: new TextEncoder().encode(value as string) };
  }
  switch (kind) {
    case 'int':
      return { type: AttributeType.INT, i: BigInt(value as number) };
    case 'float':
      return { type: AttributeType.FLOAT, f: value as number };
    case 'ints':
      return { type: AttributeType.INTS, ints: (value as readonly number[]).map(BigInt) };
    case 'dtype':
      return { type: AttributeType.INT, i: BigInt(toDataType(value as DType)) };
    case 'fill':
      return {};
  }
}

function fill(value: number, dtype: DType) {
  const array = new (arrayOf(dtype))(1);
  if (dtype === 'int64') array[0] = BigInt(value);
  else array[0] = value;
  return { type: AttributeType.TENSOR, t: toTensorProto('', tensor(dtype, [1], array)) };
}
