/** @file From the number formats that weights are shipped in to float32. Bytes are little-endian in all of them. */

import { float16Table } from '../tensor/float16.ts';

/** IEEE half precision, two bytes a number. */
export function decodeFloat16(bytes: Uint8Array): Float32Array {
  const table = float16Table();
  const numbers = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < numbers.length; i++) numbers[i] = table[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
  return numbers;
}

/** IEEE single precision, four bytes a number. Copies, since the bytes may stand anywhere (`slice` of a Buffer would not). */
export function decodeFloat32(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2);
}

/** IEEE double precision, eight bytes a number. */
export function decodeFloat64(bytes: Uint8Array): Float32Array {
  return Float32Array.from(new Float64Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 3));
}

/** The upper halves of single-precision numbers, two bytes a number. */
export function decodeBfloat16(bytes: Uint8Array): Float32Array {
  const bits = new Uint32Array(bytes.length >> 1);
  for (let i = 0; i < bits.length; i++) bits[i] = ((bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) << 16) >>> 0;
  return new Float32Array(bits.buffer);
}

/** Integers as they stand. */
export function decodeIntegers(
  bytes: Uint8Array,
  type: 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32',
): Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array {
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer, 0, bytes.length >> 1);
    case 'int16':
      return new Int16Array(buffer, 0, bytes.length >> 1);
    case 'int32':
      return new Int32Array(buffer, 0, bytes.length >> 2);
  }
}

/** TFLite's affine form along one axis: `scale[c] * (q - zeroPoint[c])`; one scale serves the whole tensor. */
export function dequantizeAffine(
  integers: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  scales: readonly number[],
  zeroPoints: readonly number[],
): Float32Array {
  const numbers = new Float32Array(integers.length);
  const channels = scales.length;
  const inner = channels === 1 ? 1 : shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  for (let i = 0; i < numbers.length; i++) {
    const channel = channels === 1 ? 0 : Math.floor(i / inner) % channels;
    numbers[i] = scales[channel]! * (integers[i]! - (zeroPoints[channel] ?? 0));
  }
  return numbers;
}

/** TensorFlow.js' form: `q * scale + min`. */
export function dequantizeMinScale(integers: ArrayLike<number>, scale: number, min: number): Float32Array {
  const numbers = new Float32Array(integers.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = integers[i]! * scale + min;
  return numbers;
}
