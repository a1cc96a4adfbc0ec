/** @file A graph of TensorFlow Lite's operators as a `.tflite` file. */

import { type FieldValue, FlatBufferWriter, type Offset } from '../../core/weights/flatbuffer-writer.ts';
import {
  BUFFER,
  FUSED_ACTIVATION,
  METADATA,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  OPERATORS,
  type OperatorName,
  type OperatorRow,
  SUBGRAPH,
  TENSOR,
  TENSOR_TYPES,
  TFLITE_MARK,
} from '../../core/weights/tflite-schema.ts';
import type { TfliteGraph, TfliteOperator, TfliteTensor } from './tflite-graph.ts';

/** What goes along with the graph. */
export interface TfliteAbout {
  readonly description: string;
  /** By name, whatever programs look for under it. */
  readonly metadata?: Readonly<Record<string, Uint8Array>> | undefined;
}

/** The version of the schema, since 2017. */
const SCHEMA_VERSION = 3;

/** Of codes from here on, the field that came first says this one. */
const PLACEHOLDER_CODE = 127;

/**
 * The bytes of a file.
 *
 * @param graph - Without `AFFINE`.
 */
export function tfliteFile(graph: TfliteGraph, { description, metadata = {} }: TfliteAbout): Uint8Array {
  const tensors = listTensors(graph);
  const places = new Map(tensors.map((tensor, place) => [tensor, place]));
  const dataBytes = tensors.reduce((sum, { data }) => sum + (data?.byteLength ?? 0), 0);
  const writer = new FlatBufferWriter(dataBytes + 256 * tensors.length);
  // Buffer 0 is empty: that of tensors that are computed.
  const buffers: Offset[] = [writer.table({})];
  const store = (bytes: Uint8Array): number =>
    buffers.push(writer.table({ [BUFFER.data]: at(writer.bytes(bytes)) })) - 1;
  const tensorTables = tensors.map((tensor) => {
    const { data } = tensor;
    const stored =
      data === undefined ? 0 : store(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return tensorTable(writer, tensor, stored);
  });
  const codes = operatorCodes(graph);
  const operators = graph.operators.map((operator) => operatorTable(writer, operator, codes, places));
  const numbersOf = (list: readonly TfliteTensor[]): FieldValue =>
    at(writer.int32s(list.map((tensor) => places.get(tensor)!)));
  const subgraph = writer.table({
    [SUBGRAPH.tensors]: at(writer.offsets(tensorTables)),
    [SUBGRAPH.inputs]: numbersOf(graph.inputs),
    [SUBGRAPH.outputs]: numbersOf(graph.outputs),
    [SUBGRAPH.operators]: at(writer.offsets(operators)),
    [SUBGRAPH.name]: at(writer.string('main')),
  });
  const entries = Object.entries(metadata).map(([name, bytes]) =>
    writer.table({
      [METADATA.name]: at(writer.string(name)),
      [METADATA.buffer]: int32(store(bytes)),
    }),
  );
  const model = writer.table({
    [MODEL.version]: int32(SCHEMA_VERSION),
    [MODEL.operatorCodes]: at(writer.offsets([...codes.keys()].map((op) => codeTable(writer, op)))),
    [MODEL.subgraphs]: at(writer.offsets([subgraph])),
    [MODEL.description]: at(writer.string(description)),
    [MODEL.buffers]: at(writer.offsets(buffers)),
    [MODEL.metadata]: entries.length === 0 ? undefined : at(writer.offsets(entries)),
  });
  return writer.finish(model, TFLITE_MARK);
}

/** Each once: what goes in, then constants and results as operators need them. */
function listTensors({ inputs, operators }: TfliteGraph): readonly TfliteTensor[] {
  const all = [...inputs, ...operators.flatMap((operator) => [...operator.inputs, operator.output])];
  return [...new Set(all)];
}

/** The operators that occur, by their places in the list of codes. */
function operatorCodes({ operators }: TfliteGraph): ReadonlyMap<OperatorName, number> {
  const names = new Set(operators.map(({ op }) => op as OperatorName));
  return new Map([...names].map((name, place) => [name, place]));
}

function codeTable(writer: FlatBufferWriter, op: OperatorName): Offset {
  const { code } = OPERATORS[op];
  return writer.table({
    [OPERATOR_CODE.deprecatedBuiltinCode]: { type: 'int8', value: Math.min(code, PLACEHOLDER_CODE) },
    [OPERATOR_CODE.version]: int32(1),
    [OPERATOR_CODE.builtinCode]: int32(code),
  });
}

function tensorTable(writer: FlatBufferWriter, { name, shape, data }: TfliteTensor, buffer: number): Offset {
  const type = data instanceof Int32Array ? TENSOR_TYPES.int32 : TENSOR_TYPES.float32;
  const isOpen = shape.includes(null);
  return writer.table({
    [TENSOR.shape]: at(writer.int32s(shape.map((size) => size ?? 1))),
    [TENSOR.type]: { type: 'int8', value: type },
    [TENSOR.buffer]: int32(buffer),
    [TENSOR.name]: at(writer.string(name)),
    [TENSOR.shapeSignature]: isOpen ? at(writer.int32s(shape.map((size) => size ?? -1))) : undefined,
  });
}

function operatorTable(
  writer: FlatBufferWriter,
  { op, inputs, output, options, activation }: TfliteOperator,
  codes: ReadonlyMap<OperatorName, number>,
  places: ReadonlyMap<TfliteTensor, number>,
): Offset {
  const name = op as OperatorName;
  const { options: row }: OperatorRow = OPERATORS[name];
  const given: Readonly<Record<string, number>> = { ...options, activation: FUSED_ACTIVATION[activation] };
  const fields = Object.entries(row?.fields ?? {}).map(([option, { slot, type, absent }]) => {
    const value = given[option] ?? absent;
    return [slot, value === absent ? undefined : { type, value }] as const;
  });
  const optionsTable = row === undefined ? undefined : writer.table(Object.fromEntries(fields));
  return writer.table({
    [OPERATOR.opcode]: int32(codes.get(name)!),
    [OPERATOR.inputs]: at(writer.int32s(inputs.map((tensor) => places.get(tensor)!))),
    [OPERATOR.outputs]: at(writer.int32s([places.get(output)!])),
    [OPERATOR.optionsType]: row === undefined ? undefined : { type: 'uint8', value: row.type },
    [OPERATOR.options]: optionsTable === undefined ? undefined : at(optionsTable),
  });
}

function at(offset: Offset): FieldValue {
  return { type: 'offset', value: offset };
}

function int32(value: number): FieldValue {
  return { type: 'int32', value };
}
