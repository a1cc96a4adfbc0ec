/**
 * @file Floats of 16 bits as float32. Networks are often kept in them to halve a file; no gradient is taken in them, and
 * few processors compute in them, so a backbone is read as the float32 network that it was rounded from.
 */

import { Float16Array } from '@petamoriken/float16';
import { TensorProto_DataType as DataType } from './onnx_pb.ts';

/** ONNX' number of the type that a 16-bit float is read as; any other type stays. */
export function widenedType(dataType: number): number {
  return dataType === DataType.FLOAT16 || dataType === DataType.BFLOAT16 ? DataType.FLOAT : dataType;
}

/** The numbers behind the bits of FLOAT16 or BFLOAT16. Exact: float32 has them all. */
export function widenHalves(bits: Uint16Array, dataType: number): Float32Array {
  if (dataType === DataType.FLOAT16) {
    return Float32Array.from(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
  }
  // BFLOAT16 is the upper half of float32.
  const words = Uint32Array.from(bits, (half) => half << 16);
  return new Float32Array(words.buffer);
}
