/** @file What is remembered of a text stands in its order, however much room there is. */

import { expect, it } from 'vitest';
import { floats, type Tensor } from '../../core/tensor/tensor.ts';
import { memoryWithRoom, wholeMemory } from './token-memory.ts';

const SHAPE = { layers: 1, heads: 2, width: 1 };

/** Keys are numbers of tokens, of the second head 1,000 more; values their negatives. */
function results(from: number, tokens: number): Record<string, Tensor> {
  const rows = Array.from({ length: tokens }, (_, index) => from + index);
  const both = [...rows, ...rows.map((row) => row + 1000)];
  return {
    'present.0.key': floats([1, 2, tokens, 1], both),
    'present.0.value': floats(
      [1, 2, tokens, 1],
      both.map((row) => -row),
    ),
  };
}

it('has every token behind those before it, and room for more', () => {
  const memory = memoryWithRoom(SHAPE);
  expect(memory.feeds()['past_key_values.0.key']!.shape).toEqual([1, 2, 0, 1]);
  let length = 0;
  for (const tokens of [3, 1, 59, 1, 1, 70]) {
    memory.take(results(length, tokens), tokens);
    length += tokens;
    const feeds = memory.feeds();
    expect(Number(feeds['past_length']!.data[0])).toBe(length);
    const { shape, data } = feeds['past_key_values.0.value']!;
    const room = shape[2]!;
    expect(room % 64).toBe(0);
    expect(room).toBeGreaterThan(length - 1);
    const rows = Array.from({ length }, (_, row) => row);
    expect(Array.from(data as Float32Array).slice(0, length)).toEqual(rows.map((row) => -row));
    const second = Array.from(data as Float32Array).slice(room, room + length);
    expect(second).toEqual(rows.map((row) => -row - 1000));
  }
});

it('may be what the graph gave', () => {
  const memory = wholeMemory(SHAPE);
  const given = results(0, 2);
  memory.take(given, 2);
  expect(memory.feeds()).toEqual({
    'past_key_values.0.key': given['present.0.key'],
    'past_key_values.0.value': given['present.0.value'],
  });
});
