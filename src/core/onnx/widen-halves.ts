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
  // One after the other, the conversion takes a second for every two million.
  const table = dataType === DataType.FLOAT16 ? float16Table() : bfloat16Table();
  const numbers = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) numbers[i] = table[bits[i]!]!;
  return numbers;
}

const EVERY_HALF = 2 ** 16;
let float16Numbers: Float32Array | undefined;
let bfloat16Numbers: Float32Array | undefined;

function float16Table(): Float32Array {
  float16Numbers ??= Float32Array.from(
    new Float16Array(Uint16Array.from({ length: EVERY_HALF }, (_, i) => i).buffer),
  );
  return float16Numbers;
}

/** BFLOAT16 is the upper half of float32. */
function bfloat16Table(): Float32Array {
  bfloat16Numbers ??= new Float32Array(Uint32Array.from({ length: EVERY_HALF }, (_, i) => i << 16).buffer);
  return bfloat16Numbers;
}
