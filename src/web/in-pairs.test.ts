import { expect, it } from 'vitest';
import type { Session } from '../core/runtime/session.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';
import { inPairs } from './in-pairs.ts';

it('gives a single row as a pair, takes the first of what comes back, and leaves all other rows as they are', async () => {
  const seen: number[][] = [];
  const session: Session = {
    inputNames: ['x'],
    outputNames: ['y'],
    async run({ x }) {
      seen.push([...(x as Tensor<'float32'>).data]);
      return {
        y: tensor(
          'float32',
          x!.shape,
          (x as Tensor<'float32'>).data.map((value, at) => 10 * value + at),
        ),
      };
    },
    async dispose() {},
  };
  const answers = async (rows: number, ...numbers: number[]) => {
    const { y } = await inPairs(session).run({
      x: tensor('float32', [rows, numbers.length / rows], Float32Array.from(numbers)),
    });
    return [y!.shape, [...y!.data]];
  };
  expect(await answers(1, 3, 4)).toEqual([
    [1, 2],
    [30, 41],
  ]);
  expect(await answers(2, 3, 4)).toEqual([
    [2, 1],
    [30, 41],
  ]);
  expect(seen).toEqual([
    [3, 4, 3, 4],
    [3, 4],
  ]);
});
