import { describe, expect, it } from 'vitest';
import {
  decodeFloat16,
  decodeFloat32,
  decodeIntegers,
  dequantizeAffine,
  dequantizeMinScale,
} from './dequantize.ts';

describe('decoding', () => {
  it('turns half precision into single, subnormals, infinities and NaN included', () => {
    const bits = new Uint16Array([0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00, 0x7e00]);
    expect([...decodeFloat16(new Uint8Array(bits.buffer))]).toEqual([
      0,
      -0,
      1,
      -2,
      65_504,
      2 ** -24,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it('copies numbers that stand at odd places of a Buffer', () => {
    const buffer = Buffer.concat([Buffer.of(9), Buffer.from(new Float32Array([1.5, -2]).buffer)]).subarray(1);
    expect([...decodeFloat32(buffer)]).toEqual([1.5, -2]);
    expect([...decodeIntegers(buffer, 'int16')]).toEqual([0, 0x3fc0, 0, -0x4000]);
  });

  it('scales each channel along an axis', () => {
    const quantized = Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect([...dequantizeAffine(quantized, [2, 2, 2], 1, [1, 10], [0, 3])]).toEqual([
      1, 2, 0, 10, 5, 6, 40, 50,
    ]);
    expect([...dequantizeAffine(quantized.slice(0, 2), [2], 0, [0.5], [1])]).toEqual([0, 0.5]);
  });

  it('scales between a minimum and a maximum', () => {
    expect([...dequantizeMinScale(Uint8Array.of(0, 255), 0.5, -1)]).toEqual([-1, 126.5]);
  });
});
