import { Float16Array } from '@petamoriken/float16';
import { describe, expect, it } from 'vitest';
import { float16Table, toFloat16Bits } from './float16.ts';
import { createRandom } from './random.ts';

it('has every float16 number, signs of zero too', () => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, each) => each);
  const numbers = Float32Array.from(new Float16Array(bits.buffer));
  const table = float16Table();
  expect(numbers.findIndex((number, index) => !Object.is(number, table[index]))).toBe(-1);
});

describe('rounding to float16', () => {
  const wordsOf = (numbers: Float32Array): Uint32Array => new Uint32Array(numbers.buffer);
  /** As the package does it, whose NaN has no sign. */
  const expected = (numbers: Float32Array): Uint16Array => new Uint16Array(new Float16Array(numbers).buffer);
  const unsigned = (bits: Uint16Array): Uint16Array =>
    bits.map((each) => ((each & 0x7fff) > 0x7c00 ? 0x7e00 : each));

  it('keeps every float16 number, and rounds what lies in the middle of two, and beside it', () => {
    const table = float16Table();
    const numbers: number[] = [...table];
    for (let bits = 0; bits < 0x7c00; bits++) {
      const middle = (table[bits]! + (bits === 0x7bff ? 65_536 : table[bits + 1]!)) / 2;
      const [word] = wordsOf(Float32Array.of(middle));
      const beside = new Float32Array(Uint32Array.of(word! - 1, word!, word! + 1).buffer);
      for (const number of beside) numbers.push(number, -number);
    }
    const all = Float32Array.from(numbers);
    expect(unsigned(toFloat16Bits(all))).toEqual(unsigned(expected(all)));
  });

  it('rounds any bits of float32, from the middle of an array too', () => {
    const random = createRandom(1);
    const words = Uint32Array.from({ length: 200_001 }, () => random.integer(2 ** 32));
    const numbers = new Float32Array(words.buffer).subarray(1);
    expect(unsigned(toFloat16Bits(numbers))).toEqual(unsigned(expected(numbers.slice())));
  });
});
