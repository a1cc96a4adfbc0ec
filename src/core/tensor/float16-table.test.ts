import { Float16Array } from '@petamoriken/float16';
import { expect, it } from 'vitest';
import { float16Table } from './float16-table.ts';

it('has every float16 number, signs of zero too', () => {
  const bits = Uint16Array.from({ length: 65_536 }, (_, each) => each);
  const numbers = Float32Array.from(new Float16Array(bits.buffer));
  const table = float16Table();
  expect(numbers.findIndex((number, index) => !Object.is(number, table[index]))).toBe(-1);
});
