/** @file What is remembered of the tokens of a text: keys and values of every layer, as a graph takes and gives them. */

import { integers, type Tensor, tensor, zeros } from '../../core/tensor/tensor.ts';
import { type CacheShape, cacheNames } from './decoding-graph.ts';

/** The memory of one text. */
export interface TokenMemory {
  /** What a run is given. */
  feeds(): Readonly<Record<string, Tensor>>;
  /** Takes what a run gave for so many tokens. */
  take(results: Readonly<Record<string, Tensor>>, tokens: number): void;
}

/** Of a graph whose outputs are the whole memory: they are its next inputs. */
export function wholeMemory(shape: CacheShape): TokenMemory {
  const names = cacheNames(shape);
  const empty = zeros('float32', [1, shape.heads, 0, shape.width]);
  let tensors: Readonly<Record<string, Tensor>> = Object.fromEntries(names.map(({ past }) => [past, empty]));
  return {
    feeds: () => tensors,
    take(results) {
      tensors = Object.fromEntries(names.map(({ past, present }) => [past, results[present]!]));
    },
  };
}

/** Room is made for so many tokens at once: what is not used is computed with, too. */
const ROOM = 64;

/**
 * Of a graph with room: only what is new comes out of a run, and is put behind the rest. ONNX Runtime copies its outputs, and the memory
 * of a text of some hundred tokens takes as long to copy as a tenth of all that is computed for a token.
 */
export function memoryWithRoom(shape: CacheShape): TokenMemory {
  const { heads, width } = shape;
  const names = cacheNames(shape);
  let room = 0;
  let length = 0;
  let buffers = new Map(names.map(({ past }) => [past, new Float32Array(0)]));
  return {
    feeds: () => ({
      past_length: integers([length], []),
      ...Object.fromEntries(
        [...buffers].map(([past, data]) => [past, tensor('float32', [1, heads, room, width], data)]),
      ),
    }),
    take(results, tokens) {
      const wanted = length + tokens;
      if (wanted > room) {
        const more = ROOM * Math.ceil((wanted + 1) / ROOM);
        buffers = new Map(
          [...buffers].map(([past, data]) => {
            const larger = new Float32Array(heads * more * width);
            copyRows(data, larger, { heads, width, count: length, from: room, to: more, at: 0 });
            return [past, larger];
          }),
        );
        room = more;
      }
      for (const { past, present } of names) {
        const fresh = results[present]!.data as Float32Array;
        const place = { heads, width, count: tokens, from: tokens, to: room, at: length };
        copyRows(fresh, buffers.get(past)!, place);
      }
      length = wanted;
    },
  };
}

interface Rows {
  readonly heads: number;
  readonly width: number;
  /** Rows of each head that are copied, from its first one on. */
  readonly count: number;
  /** Rows of a head in the source, and in the target. */
  readonly from: number;
  readonly to: number;
  /** Where they come in the target's. */
  readonly at: number;
}

function copyRows(source: Float32Array, target: Float32Array, rows: Rows): void {
  const { heads, width, count, from, to, at } = rows;
  for (let head = 0; head < heads; head++) {
    const start = head * from * width;
    target.set(source.subarray(start, start + count * width), (head * to + at) * width);
  }
}
