/** @file A graph as the bytes of an .onnx file. */

import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Graph, Node, Value } from '../graph/graph.ts';
import { OPSET } from '../graph/operators.ts';
import type { DType } from '../tensor/dtype.ts';
import { typedArrayFor } from '../tensor/dtype.ts';
import { joinBytes } from '../tensor/join-bytes.ts';
import { placeOf } from '../tensor/stored-tensor.ts';
import { tensor } from '../tensor/tensor.ts';
import { ATTRIBUTES, type AttributeKind } from './attribute-table.ts';
import { toDataType } from './data-type.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';
import { rawBytes, toExternalTensor, toTensorHead, toTensorProto } from './tensor-proto.ts';

/** ONNX' file format; 8 came with opset 17 and is read by everything that reads opset 18. */
const IR_VERSION = 8n;
const PRODUCER_NAME = 'graft';

export interface EncodeOptions {
  /** Written as `metadata_props`; keys and values are free text. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly producerVersion?: string;
  /** Whether the model names the files of stored tensors instead of holding their numbers. Default false. */
  readonly namesFiles?: boolean | undefined;
}

/** Encodes a graph: IR version 8, opset 18, tensors as raw bytes. The same graph gives the same bytes. */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  return joinBytes(encodeModelParts(graph, options));
}

/**
 * The same bytes in parts, in their order. The numbers of the constants are not copied, so that a large model takes
 * little more memory than it has anyway.
 */
export function encodeModelParts(graph: Graph, options: EncodeOptions = {}): Uint8Array[] {
  const turning: NodeProto[] = [];
  const initializers = [...graph.constants].flatMap(([name, constant]) => {
    const place = options.namesFiles === true ? placeOf(constant) : undefined;
    const inside = (): Uint8Array[] => [
      toBinary(TensorProtoSchema, toTensorHead(name, constant)),
      ...field(TENSOR_RAW_DATA, [rawBytes(constant)]),
    ];
    const outside = (tensorName: string, shape: readonly number[]): Uint8Array[] => [
      toBinary(TensorProtoSchema, toExternalTensor(tensorName, { ...constant, shape }, place!)),
    ];
    if (place === undefined) return field(GRAPH_INITIALIZER, inside());
    if (place.byColumns === undefined) return field(GRAPH_INITIALIZER, outside(name, constant.shape));
    // As what else than this matrix it is used, its bytes do not say; nor where its columns end, if there are zeros between them.
    const isApart = place.padded !== undefined && place.padded[0] !== place.byColumns[0];
    if (isApart || `${constant.shape}` !== `${place.byColumns}`) return field(GRAPH_INITIALIZER, inside());
    const columns = `${name}/columns`;
    turning.push(transposition(columns, name));
    return field(GRAPH_INITIALIZER, outside(columns, place.byColumns.toReversed()));
  });
  const nodes = [...turning, ...graph.nodes.map(nodeProto)];
  const about = create(GraphProtoSchema, { name: graph.name, node: nodes });
  const ends = create(GraphProtoSchema, {
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
  });
  const producer = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: PRODUCER_NAME,
    producerVersion: options.producerVersion ?? '',
  });
  const rest = create(ModelProtoSchema, {
    opsetImport: [{ domain: '', version: BigInt(OPSET) }],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
  // A message may be written in pieces, and the pieces one behind the other: here in the order of the fields' numbers.
  return [
    toBinary(ModelProtoSchema, producer),
    ...field(MODEL_GRAPH, [
      toBinary(GraphProtoSchema, about),
      ...initializers,
      toBinary(GraphProtoSchema, ends),
    ]),
    toBinary(ModelProtoSchema, rest),
  ];
}

/** Numbers of fields in onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_RAW_DATA = 9;

/** A field whose content has parts: its number, their length, and they. */
function field(number: number, content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  if (length === 0) return [];
  const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).finish();
  return [head, ...content];
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

/** Of a matrix. ONNX Runtime makes it a part of the product that reads it. */
function transposition(input: string, output: string): NodeProto {
  const perm = create(AttributeProtoSchema, { name: 'perm', ...payload('ints', [1, 0]) });
  return create(NodeProtoSchema, {
    name: output,
    opType: 'Transpose',
    input: [input],
    output: [output],
    attribute: [perm],
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
    case 'floats':
      return { type: AttributeType.FLOATS, floats: [...(value as readonly number[])] };
    case 'dtype':
      return { type: AttributeType.INT, i: BigInt(toDataType(value as DType)) };
    case 'fill':
      return {};
  }
}

function fill(value: number, dtype: DType) {
  const array = new (typedArrayFor(dtype))(1);
  if (dtype === 'int64') array[0] = BigInt(value);
  else array[0] = value;
  return { type: AttributeType.TENSOR, t: toTensorProto('', tensor(dtype, [1], array)) };
}
