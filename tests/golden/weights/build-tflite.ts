/** @file Writes small TFLite files for tests of the reader, by the writer of the flatbuffers library. */

import { Builder } from 'flatbuffers';

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** TFLite's code: 0 float32, 1 float16, 2 int32, 3 uint8, 9 int8. */
  readonly type: number;
  /** Raw bytes; none for a tensor that is computed. */
  readonly data?: Uint8Array;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly axis?: number;
}

export interface OperatorSpec {
  /** TFLite's builtin code: 3 CONV_2D, 4 DEPTHWISE_CONV_2D, 6 DEQUANTIZE. */
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly convolution?: { readonly padding: 0 | 1; readonly strides: readonly [number, number] };
}

export function buildTflite(tensors: readonly TensorSpec[], operators: readonly OperatorSpec[] = []): Uint8Array {
  const builder = new Builder(1024);
  const integers = (values: readonly number[]): number => {
    builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) builder.addInt32(value);
    return builder.endVector();
  };
  const offsets = (values: readonly number[]): number => {
    builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) builder.addOffset(value);
    return builder.endVector();
  };
  const table = (fields: number, add: () => void): number => {
    builder.startObject(fields);
    add();
    return builder.endObject();
  };
  const quantization = ({ scales, zeroPoints = [], axis = 0 }: TensorSpec): number => {
    if (scales === undefined) return 0;
    builder.startVector(4, scales.length, 4);
    for (const scale of scales.toReversed()) builder.addFloat32(scale);
    const scaleVector = builder.endVector();
    builder.startVector(8, zeroPoints.length, 8);
    for (const zeroPoint of zeroPoints.toReversed()) builder.addInt64(BigInt(zeroPoint));
    const zeroPointVector = builder.endVector();
    return table(7, () => {
      builder.addFieldOffset(2, scaleVector, 0);
      builder.addFieldOffset(3, zeroPointVector, 0);
      builder.addFieldInt32(6, axis, 0);
    });
  };

  // Buffer 0 is empty by TFLite's convention.
  const bufferTables = [new Uint8Array(), ...tensors.map(({ data }) => data ?? new Uint8Array())].map((data) => {
    const vector = data.length > 0 ? builder.createByteVector(data) : 0;
    return table(1, () => builder.addFieldOffset(0, vector, 0));
  });
  const buffers = offsets(bufferTables);
  const tensorTables = tensors.map((spec, index) => {
    const name = builder.createString(spec.name);
    const shape = integers(spec.shape);
    const quantized = quantization(spec);
    return table(5, () => {
      builder.addFieldOffset(0, shape, 0);
      builder.addFieldInt8(1, spec.type, 0);
      builder.addFieldInt32(2, spec.data === undefined ? 0 : index + 1, 0);
      builder.addFieldOffset(3, name, 0);
      builder.addFieldOffset(4, quantized, 0);
    });
  });
  const codes = [...new Set(operators.map(({ code }) => code))];
  const operatorTables = operators.map(({ code, inputs, outputs, convolution }) => {
    const inputVector = integers(inputs);
    const outputVector = integers(outputs);
    const options =
      convolution === undefined
        ? 0
        : table(3, () => {
            builder.addFieldInt8(0, convolution.padding, 0);
            builder.addFieldInt32(1, convolution.strides[1], 0);
            builder.addFieldInt32(2, convolution.strides[0], 0);
          });
    return table(5, () => {
      builder.addFieldInt32(0, codes.indexOf(code), 0);
      builder.addFieldOffset(1, inputVector, 0);
      builder.addFieldOffset(2, outputVector, 0);
      builder.addFieldOffset(4, options, 0);
    });
  });
  const codeTables = codes.map((code) => table(4, () => builder.addFieldInt8(0, code, 0)));
  const tensorVector = offsets(tensorTables);
  const operatorVector = offsets(operatorTables);
  const subgraph = table(4, () => {
    builder.addFieldOffset(0, tensorVector, 0);
    builder.addFieldOffset(3, operatorVector, 0);
  });
  const codeVector = offsets(codeTables);
  const subgraphs = offsets([subgraph]);
  const model = table(5, () => {
    builder.addFieldInt32(0, 3, 0);
    builder.addFieldOffset(1, codeVector, 0);
    builder.addFieldOffset(2, subgraphs, 0);
    builder.addFieldOffset(4, buffers, 0);
  });
  builder.finish(model, 'TFL3');
  return builder.asUint8Array();
}

/** A convolution and a depthwise one, in float16 through DEQUANTIZE and in int8 by axis, for tests. */
export function sampleTflite(): Uint8Array {
  const float16 = new Uint8Array(new Uint16Array([0x3c00, 0xc000, 0x3800, 0x0001]).buffer);
  const floats = new Uint8Array(new Float32Array([1.5, -2.5]).buffer);
  const int8 = new Uint8Array(new Int8Array([1, 2, -3, 127]).buffer);
  return buildTflite(
    [
      { name: 'input', shape: [1, 4, 4, 2], type: 0 },
      { name: 'kernel', shape: [2, 1, 1, 2], type: 1, data: float16 },
      { name: 'kernel_dequantized', shape: [2, 1, 1, 2], type: 0 },
      { name: 'bias', shape: [2], type: 0, data: floats },
      { name: 'convolved', shape: [1, 2, 2, 2], type: 0 },
      {
        name: 'depthwise',
        shape: [1, 1, 2, 2],
        type: 9,
        data: int8,
        scales: [0.5, 2],
        zeroPoints: [0, 1],
        axis: 3,
      },
      { name: 'output', shape: [1, 2, 2, 2], type: 0 },
      { name: 'size', shape: [2], type: 2, data: new Uint8Array(new Int32Array([2, 2]).buffer) },
      { name: 'bytes', shape: [3], type: 3, data: Uint8Array.of(128, 0, 255), scales: [0.25], zeroPoints: [128] },
    ],
    [
      { code: 6, inputs: [1], outputs: [2] },
      { code: 3, inputs: [0, 2, 3], outputs: [4], convolution: { padding: 0, strides: [2, 3] } },
      { code: 4, inputs: [4, 5, -1], outputs: [6], convolution: { padding: 1, strides: [1, 1] } },
    ],
  );
}
