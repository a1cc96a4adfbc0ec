/** @file Which position of a map each tap of a window sees; positions are counted row by row. */

import type { WindowAxis } from '../../graph/shape-rules-window.ts';

/** Of height and width. */
export type Pair = readonly [number, number];
export type WindowAxes = readonly [WindowAxis, WindowAxis];

/** Lists of positions, all equally long. */
export type Positions = readonly (readonly number[])[];

/** In place of a position: nothing but zeros is there. */
export const PADDING = -1;

/** For every output position, what each tap sees of the input. */
export function seenPositions(axes: WindowAxes, from: Pair, to: Pair): Positions {
  const [rows, columns] = axes;
  const at = ({ stride, dilation, padBefore }: WindowAxis, output: number, tap: number): number =>
    output * stride + tap * dilation - padBefore;
  return Array.from({ length: to[0] * to[1] }, (_, output) =>
    Array.from({ length: rows.kernel * columns.kernel }, (__, tap) => {
      const row = at(rows, Math.floor(output / to[1]), Math.floor(tap / columns.kernel));
      const column = at(columns, output % to[1], tap % columns.kernel);
      const isInside = row >= 0 && column >= 0 && row < from[0] && column < from[1];
      return isInside ? row * from[1] + column : PADDING;
    }),
  );
}

/**
 * The way back: for every input position, the taps that saw it, each as `output position * taps + tap`. Where fewer saw
 * it than some other one, padding follows.
 */
export function invertPositions(seen: Positions, inputs: number): Positions {
  const takers = Array.from({ length: inputs }, (): number[] => []);
  seen.forEach((list, output) => {
    list.forEach((input, tap) => {
      if (input !== PADDING) takers[input]!.push(output * list.length + tap);
    });
  });
  const max = Math.max(1, ...takers.map(({ length }) => length));
  return takers.map((list) => [...list, ...Array<number>(max - list.length).fill(PADDING)]);
}
