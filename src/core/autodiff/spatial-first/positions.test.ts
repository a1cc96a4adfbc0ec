import { expect, it } from 'vitest';
import { windowAxes } from '../../graph/shape-rules-window.ts';
import { invertPositions, PADDING, seenPositions, type WindowAxes } from './positions.ts';

const axesOf = (kernel: number[], attributes: Parameters<typeof windowAxes>[1]): WindowAxes =>
  windowAxes(kernel, attributes) as [WindowAxes[0], WindowAxes[1]];

it('tells what each tap sees, row by row, and where there is nothing but padding', () => {
  const axes = axesOf([1, 3], { pads: [0, 1, 0, 1] });
  expect(seenPositions(axes, [2, 3], [2, 3])).toEqual([
    [PADDING, 0, 1],
    [0, 1, 2],
    [1, 2, PADDING],
    [PADDING, 3, 4],
    [3, 4, 5],
    [4, 5, PADDING],
  ]);
});

it('follows strides and dilations', () => {
  const axes = axesOf([2, 2], { strides: [2, 1], dilations: [1, 2] });
  expect(seenPositions(axes, [4, 3], [2, 1])).toEqual([
    [0, 2, 3, 5],
    [6, 8, 9, 11],
  ]);
});

it('turns round: what saw a position, with padding where fewer did', () => {
  const axes = axesOf([1, 2], {});
  const seen = seenPositions(axes, [1, 3], [1, 2]);
  expect(seen).toEqual([
    [0, 1],
    [1, 2],
  ]);
  // Output 0 by its taps 0 and 1, output 1 by 2 and 3.
  expect(invertPositions(seen, 3)).toEqual([
    [0, PADDING],
    [1, 2],
    [3, PADDING],
  ]);
});

it('gives every position a list, also one that nothing saw', () => {
  const axes = axesOf([1, 1], { strides: [1, 2] });
  expect(invertPositions(seenPositions(axes, [1, 3], [1, 2]), 3)).toEqual([[0], [PADDING], [1]]);
});
