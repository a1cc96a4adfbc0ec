/**
 * @file Floats of 16 bits as float32. Networks are often kept in them to halve a file; no gradient is taken in them, and
 * few processors compute in them, so a backbone is read as the float32 network that it was rounded from.
 */

import { float16Table } from '../tensor/float16.ts';
import { TensorProto_DataType as DataType } from './onnx_pb.ts';

/** ONNX' number of the type that a 16-bit float is read as; any other type stays. */
export function widenedType(dataType: number): number {
  return dataType === DataType.FLOAT16 || dataType === DataType.BFLOAT16 ? DataType.FLOAT : dataType;
}

/** The numbers behind the bits of FLOAT16 or BFLOAT16. Exact: float32 has them all. */
export function widenHalves(bits: Uint16Array, dataType: number): Float32Array {
  const numbers = new Float32Array(bits.length);
  if (dataType === DataType.FLOAT16) {
    const table = float16Table();
    for (let i = 0; i < bits.length; i++) numbers[i] = table[bits[i]!]!;
  } else {
    // BFLOAT16 is the upper half of float32.
    const words = new Uint32Array(numbers.buffer);
    for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  }
  return numbers;
}
