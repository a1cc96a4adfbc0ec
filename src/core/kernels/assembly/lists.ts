/**
 * @file Lists of the non-zero inputs of a batch, row by row (a row is one input with its weights to all units).
 * They are built once a batch and serve the forward and the backward job.
 */

import {
  LAYER_BATCH,
  LAYER_BLOCK_ROWS,
  LAYER_CAPACITY,
  LAYER_ENDS,
  LAYER_ENTRIES,
  LAYER_INPUT,
  LAYER_INPUT_SLOPE,
  LAYER_INPUTS,
  LAYER_NEXT_BATCH,
  LAYER_NEXT_ENDS,
  LAYER_NEXT_ENTRIES,
  LAYER_ROWS,
  LAYER_WIDTH,
} from '../dense-fields';
import { copyBlock, isNarrow } from './narrow';

/** Bytes of an entry: the sample's offset within a tile (u32) and the input (f32). */
export const ENTRY_BYTES: usize = 8;

/** Where a block's entries begin. */
// @ts-ignore: decorator
@inline
export function entriesOf(layer: usize, block: u32): usize {
  return <usize>load<u32>(layer, LAYER_ENTRIES) + <usize>block * roomOf(layer);
}

/** The same of the next batch. */
// @ts-ignore: decorator
@inline
export function nextEntriesOf(layer: usize, block: u32): usize {
  return <usize>load<u32>(layer, LAYER_NEXT_ENTRIES) + <usize>block * roomOf(layer);
}

// @ts-ignore: decorator
@inline
function roomOf(layer: usize): usize {
  return <usize>load<u32>(layer, LAYER_BLOCK_ROWS) * <usize>load<u32>(layer, LAYER_CAPACITY) * ENTRY_BYTES;
}

/** One task: the lists of a block. While training, inputs that only pass a gradient on belong to them too. */
export function buildLists(layer: usize, block: u32, training: bool): void {
  const ends = <usize>load<u32>(layer, LAYER_ENDS);
  fillLists(layer, block, training, load<u32>(layer, LAYER_BATCH), entriesOf(layer, block), ends);
}

/** The same for the next batch, which lies where the present one lay. */
export function buildNextLists(layer: usize, block: u32): void {
  const ends = <usize>load<u32>(layer, LAYER_NEXT_ENDS);
  fillLists(layer, block, true, load<u32>(layer, LAYER_NEXT_BATCH), nextEntriesOf(layer, block), ends);
}

function fillLists(layer: usize, block: u32, training: bool, batch: u32, entry: usize, ends: usize): void {
  if (isNarrow(layer)) return copyBlock(layer, block, batch, entry);
  const inputs = load<u32>(layer, LAYER_INPUTS);
  const first = block * load<u32>(layer, LAYER_BLOCK_ROWS);
  const last = min(first + load<u32>(layer, LAYER_BLOCK_ROWS), load<u32>(layer, LAYER_ROWS));
  const stride = <usize>inputs << 2;
  const sampleBytes = load<u32>(layer, LAYER_WIDTH) << 2;
  const slopes = training ? <usize>load<u32>(layer, LAYER_INPUT_SLOPE) : 0;
  const input = <usize>load<u32>(layer, LAYER_INPUT);
  const fullBytes = <usize>batch * ENTRY_BYTES;
  // Vectors of a network are rarely 0 anywhere, feature maps behind a ReLU in most places: as the block begins, so it goes on.
  let row = first;
  if (slopes == 0) {
    for (const end = min(last, inputs); row + 4 <= end; row += 4) {
      if (!fillFour(input + (<usize>row << 2), stride, batch, sampleBytes, entry)) break;
      for (let lane: u32 = 0; lane < 4; lane++) {
        entry += fullBytes;
        store<u32>(ends + (<usize>(row + lane) << 2), <u32>entry);
      }
    }
  }
  for (; row < last; row++) {
    if (row == inputs) {
      for (let s: u32 = 0, offset: u32 = 0; s < batch; s++, offset += sampleBytes) {
        store<u32>(entry, offset);
        store<f32>(entry, 1, 4);
        entry += ENTRY_BYTES;
      }
    } else {
      let place = input + (<usize>row << 2);
      if (slopes == 0) {
        // Stored always, kept only if not zero: no branch to mispredict.
        for (let s: u32 = 0, offset: u32 = 0; s < batch; s++, offset += sampleBytes) {
          const bits = load<u32>(place);
          store<u32>(entry, offset);
          store<u32>(entry, bits, 4);
          entry += <usize>i32(bits << 1 != 0) << 3;
          place += stride;
        }
      } else {
        // An input that is 0 but has a slope (tanh at 0) still passes a gradient on.
        let slope = slopes + (<usize>row << 2);
        for (let s: u32 = 0, offset: u32 = 0; s < batch; s++, offset += sampleBytes) {
          const bits = load<u32>(place);
          store<u32>(entry, offset);
          store<u32>(entry, bits, 4);
          entry += <usize>i32((bits | load<u32>(slope)) << 1 != 0) << 3;
          place += stride;
          slope += stride;
        }
      }
    }
    store<u32>(ends + (<usize>row << 2), <u32>entry);
  }
}

/**
 * The lists of four rows with no 0 in them: a sample's numbers lie side by side, and each line of the cache is fetched a quarter as often.
 *
 * @returns False where one is 0: then nothing is said.
 */
// @ts-ignore: decorator
@inline
function fillFour(input: usize, stride: usize, batch: u32, sampleBytes: u32, entry: usize): bool {
  const second = entry + <usize>batch * ENTRY_BYTES;
  const third = second + <usize>batch * ENTRY_BYTES;
  const fourth = third + <usize>batch * ENTRY_BYTES;
  let zeros = i32x4.splat(0);
  let at: usize = 0;
  for (let s: u32 = 0, offset: u32 = 0; s < batch; s++, offset += sampleBytes) {
    const numbers = v128.load(input);
    const offsets = i32x4.splat(<i32>offset);
    const low = v128.shuffle<i32>(offsets, numbers, 0, 4, 1, 5);
    const high = v128.shuffle<i32>(offsets, numbers, 2, 6, 3, 7);
    zeros = v128.or(zeros, f32x4.eq(numbers, f32x4.splat(0)));
    v128.store64_lane(entry + at, low, 0);
    v128.store64_lane(second + at, low, 1);
    v128.store64_lane(third + at, high, 0);
    v128.store64_lane(fourth + at, high, 1);
    input += stride;
    at += ENTRY_BYTES;
  }
  return !v128.any_true(zeros);
}
