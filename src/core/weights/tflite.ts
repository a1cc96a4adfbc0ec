/**
 * @file Reads weights, and the list of operators that they belong to, from TensorFlow Lite files.
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */

import { FileBudget } from '../tensor/file-budget.ts';
import { LazyMap } from '../tensor/lazy-map.ts';
import { computeSize, type Tensor } from '../tensor/tensor.ts';
import { decodeFloat16, decodeFloat32, decodeIntegers, dequantizeAffine } from './dequantize.ts';
import { FlatBufferTable } from './flatbuffer-table.ts';
import {
  BUFFER,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  operatorName,
  PADDING,
  QUANTIZATION,
  SUBGRAPH,
  TENSOR,
  TENSOR_TYPES,
  TFLITE_MARK,
  WINDOW,
} from './tflite-schema.ts';
import { brokenFile, type WeightFile } from './weight-file.ts';
import type { WeightFormat } from './weight-format.ts';

export const tfliteFormat: WeightFormat = {
  id: 'tflite',
  program: 'TFLite',
  endings: ['.tflite'],
  titles: { tflite: 'TensorFlow Lite' },
  detects: ({ text }) => text.startsWith(TFLITE_MARK, 4),
  read: async ({ bytes, where }) => readTflite(await bytes(), where),
};

/** One operator. Where weights pass through DEQUANTIZE, its input stands here in its output's place. */
export interface TfliteOperator {
  /** TFLite's name: `CONV_2D`; `BUILTIN_n` for those that this reader has no name for. */
  readonly op: string;
  /** Names of tensors; undefined for an optional one that is absent. */
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly string[];
  /** Of convolutions only. */
  readonly window?:
    | { readonly padding: 'same' | 'valid'; readonly strides: readonly [number, number] }
    | undefined;
}

export interface TfliteFile extends WeightFile {
  readonly format: 'tflite';
  /** In the order in which they run, without the DEQUANTIZE of weights. */
  readonly operators: readonly TfliteOperator[];
}

const INTEGER_TYPES: Readonly<Record<number, { name: 'uint8' | 'int8' | 'int16' | 'int32'; bytes: number }>> =
  {
    [TENSOR_TYPES.int32]: { name: 'int32', bytes: 4 },
    [TENSOR_TYPES.uint8]: { name: 'uint8', bytes: 1 },
    [TENSOR_TYPES.int16]: { name: 'int16', bytes: 2 },
    [TENSOR_TYPES.int8]: { name: 'int8', bytes: 1 },
  };

/**
 * Reads the first subgraph of a TFLite file. Constants of float32, float16 and quantized integers become tensors;
 * plain integers (shapes, axes) do not.
 *
 * @param bytes - The whole file. Tensors are decoded from it when asked for.
 * @param where - For messages: `weights "detector.tflite"`.
 * @throws {GraftError} `weights`, if the file is damaged or not TFLite.
 */
export function readTflite(bytes: Uint8Array, where: string): TfliteFile {
  const budget = new FileBudget(bytes.length, { where });
  const model = FlatBufferTable.root(bytes, TFLITE_MARK, budget);
  const subgraph = model.tables(MODEL.subgraphs)[0];
  if (subgraph === undefined) throw brokenFile(where, 'a graph in the file', 'none');
  const buffers = model.tables(MODEL.buffers);
  const tensorTables = subgraph.tables(SUBGRAPH.tensors);
  const names = uniqueNames(tensorTables);
  const readers = new Map<string, () => Tensor<'float32'>>();
  const sizes = new Map<string, number>();
  tensorTables.forEach((table, index) => {
    const name = names[index]!;
    const data = buffers[table.uint32(TENSOR.buffer)]?.bytes(BUFFER.data);
    if (data === undefined)
      throw brokenFile(where, `data for tensor "${name}"`, 'a buffer that is not there');
    if (data.length === 0) return;
    const constant = constantReader(table, name, data, where);
    if (constant === undefined) return;
    budget.take(constant.floatBytes, `"${name}"`);
    sizes.set(name, constant.floatBytes);
    readers.set(name, constant.read);
  });
  return {
    format: 'tflite',
    where,
    tensors: new LazyMap(readers),
    operators: readOperators(model, subgraph, names, sizes, budget),
  };
}

function readOperators(
  model: FlatBufferTable,
  subgraph: FlatBufferTable,
  names: readonly string[],
  /** Names of constants, with what each comes to as float32. */
  constants: ReadonlyMap<string, number>,
  budget: FileBudget,
): TfliteOperator[] {
  const { where } = budget;
  // The one-byte code came first; files that need larger codes put 127 there and the code in the newer field.
  const codes = model
    .tables(MODEL.operatorCodes)
    .map((code) =>
      Math.max(code.int8(OPERATOR_CODE.deprecatedBuiltinCode), code.int32(OPERATOR_CODE.builtinCode)),
    );
  const nameOf = (index: number): string => {
    const name = names[index];
    if (name === undefined) throw brokenFile(where, `tensors 0 to ${names.length - 1}`, `tensor ${index}`);
    return name;
  };
  const stored = new Map<string, string>();
  const operators: TfliteOperator[] = [];
  for (const table of subgraph.tables(SUBGRAPH.operators)) {
    const code = codes[table.uint32(OPERATOR.opcode)];
    if (code === undefined)
      throw brokenFile(where, 'operators that the file declares', 'one that it does not');
    const op = operatorName(code);
    const inputs = table.int32s(OPERATOR.inputs).map((index) => {
      const name = index === -1 ? undefined : nameOf(index);
      return name === undefined ? undefined : (stored.get(name) ?? name);
    });
    // Weights are decoded for the operators that read them; these may all read the same.
    for (const input of inputs) budget.take(constants.get(input ?? '') ?? 0, `"${input}", read again`);
    const outputs = table.int32s(OPERATOR.outputs).map(nameOf);
    const [input] = inputs;
    if (op === 'DEQUANTIZE' && input !== undefined && constants.has(input)) {
      for (const output of outputs) stored.set(output, input);
      continue;
    }
    const options =
      op === 'CONV_2D' || op === 'DEPTHWISE_CONV_2D' ? table.table(OPERATOR.options) : undefined;
    operators.push({
      op,
      inputs,
      outputs,
      window: options && {
        padding: options.int8(WINDOW.padding.slot) === PADDING.same ? 'same' : 'valid',
        strides: [options.int32(WINDOW.strideH.slot), options.int32(WINDOW.strideW.slot)],
      },
    });
  }
  return operators;
}

/** What decodes a constant to float32; undefined if it is no weight. Sizes are checked at once, numbers read later. */
function constantReader(
  table: FlatBufferTable,
  name: string,
  data: Uint8Array,
  where: string,
): { readonly floatBytes: number; readonly read: () => Tensor<'float32'> } | undefined {
  const shape = table.int32s(TENSOR.shape);
  const type = table.uint8(TENSOR.type);
  const integer = INTEGER_TYPES[type];
  const bytesEach = type === TENSOR_TYPES.float32 ? 4 : type === TENSOR_TYPES.float16 ? 2 : integer?.bytes;
  const scales = table.table(TENSOR.quantization)?.float32s(QUANTIZATION.scale) ?? [];
  if (bytesEach === undefined || (integer !== undefined && scales.length === 0)) return undefined;
  if (table.has(TENSOR.sparsity)) throw brokenFile(where, `"${name}" stored densely`, 'a sparse tensor');
  if (shape.some((size) => size < 0) || computeSize(shape) * bytesEach !== data.length) {
    throw brokenFile(
      where,
      `${computeSize(shape) * bytesEach} bytes for "${name}" of shape [${shape.join(', ')}]`,
      `${data.length}`,
    );
  }
  const constant = (decode: () => Float32Array) => ({
    floatBytes: computeSize(shape) * 4,
    read: (): Tensor<'float32'> => ({ dtype: 'float32', shape, data: decode() }),
  });
  if (type === TENSOR_TYPES.float32) return constant(() => decodeFloat32(data));
  if (type === TENSOR_TYPES.float16) return constant(() => decodeFloat16(data));
  if (integer === undefined) return undefined;
  const quantization = table.table(TENSOR.quantization);
  const axis = quantization?.int32(QUANTIZATION.axis) ?? 0;
  const zeroPoints = quantization?.int64s(QUANTIZATION.zeroPoint) ?? [];
  if (scales.length > 1 && shape[axis] !== scales.length) {
    throw brokenFile(where, `${shape[axis] ?? 'one'} scales for "${name}"`, `${scales.length}`);
  }
  return constant(() =>
    dequantizeAffine(decodeIntegers(data, integer.name), shape, axis, scales, zeroPoints),
  );
}

/** Names may repeat or be empty in a file; here each finds one tensor. */
function uniqueNames(tables: readonly FlatBufferTable[]): string[] {
  const used = new Set<string>();
  return tables.map((table, index) => {
    const name = table.string(TENSOR.name);
    const unique = name === '' || used.has(name) ? `${name}#${index}` : name;
    used.add(unique);
    return unique;
  });
}
