/** @file Rows of a map with space first, gathered by lists of places: one operator for what all taps of a window see. */

import type { Value } from '../../graph/graph.ts';
import type { Ops } from '../../graph/ops.ts';
import { integers } from '../../tensor/tensor.ts';
import { PADDING, type Positions } from './positions.ts';

/** Gathers for one graph; lists that several convolutions have in common become indices once. */
export class RowGatherer {
  readonly #ops: Ops;
  readonly #indices = new Map<string, Value>();

  constructor(ops: Ops) {
    this.#ops = ops;
  }

  /** x `[P, N, C]` with a position of zeros behind the others, where the lists hold padding. */
  padded(x: Value, lists: Positions): Value {
    return holdsPadding(lists) ? this.#ops.pad(x, [0, 0, 0, 1, 0, 0]) : x;
  }

  /**
   * `[lists, N, length, C]`: for every sample what stands at each list's places, side by side.
   *
   * @param x - {@link padded}, `[P, N, parts * C]`, P known. Part `i` of position `p` is the place `p * parts + i`.
   */
  gather(x: Value, lists: Positions, parts = 1): Value {
    const ops = this.#ops;
    const [positions, , width] = x.shape as readonly number[];
    if (parts === 1 && isAll(lists, positions!)) return ops.reshape(x, [positions!, -1, 1, width!]);
    const last = (positions! - 1) * parts;
    const places = lists.map((list) => list.map((place) => (place === PADDING ? last : place)));
    const rows = ops.reshape(x, [-1, width! / parts]);
    return ops.gather(rows, this.#indicesOf(x, places, parts), 0);
  }

  /** `[lists, N, length]`: row `(p N + sample) parts + i` is place `p parts + i` of a sample. */
  #indicesOf(x: Value, places: Positions, parts: number): Value {
    const key = `${x.shape[1]}, ${parts}: ${places.join('; ')}`;
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const ops = this.#ops;
    const count = (value: number): Value => ops.constant(integers([value], []), 'count');
    const table = (of: (place: number) => number): Value =>
      ops.constant(integers(places.flat().map(of), [places.length, 1, places[0]!.length]), 'places');
    const samples = ops.squeeze(ops.sizeOf(x, 1), [0]);
    const each = ops.mul(ops.range(count(0), samples, count(1)), count(parts));
    const first = ops.mul(
      table((place) => place - (place % parts)),
      samples,
    );
    const within = ops.add(
      first,
      table((place) => place % parts),
    );
    const indices = ops.add(within, ops.reshape(each, [-1, 1]));
    this.#indices.set(key, indices);
    return indices;
  }
}

function holdsPadding(lists: Positions): boolean {
  return lists.some((list) => list.includes(PADDING));
}

/** Whether the lists are all places, one each, in their order. */
function isAll(lists: Positions, places: number): boolean {
  return lists.length === places && lists.every(([place, ...more], at) => place === at && more.length === 0);
}
