/** @file Element types: Graft's names and ONNX' numbers. */

import type { DType } from '../tensor/dtype.ts';
import { TensorProto_DataType as DataType } from './onnx_pb.ts';

const NUMBERS: { readonly [D in DType]: DataType } = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  float16: DataType.FLOAT16,
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

const NAMES = new Map<number, DType>(
  Object.entries(NUMBERS).map(([name, number]) => [number, name as DType]),
);

/** ONNX' number for a dtype. */
export function toDataType(dtype: DType): DataType {
  return NUMBERS[dtype];
}

/** The dtype of ONNX' number, or undefined where Graft has none. */
export function fromDataType(number: number): DType | undefined {
  return NAMES.get(number);
}

/** ONNX' name for a number, for messages: `BFLOAT16`. */
export function dataTypeName(number: number): string {
  return DataType[number] ?? `element type ${number}`;
}
