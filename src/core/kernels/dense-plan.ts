/** @file Where the layers of a dense head lie in the kernel's memory, and how much of it they take. */

import { GraftError } from '../errors/graft-error.ts';
import { MAX_PAGES, PAGE_BYTES } from '../runtime/webassembly.ts';
import { CONTROL_BYTES, LAYER_BYTES, OPTIMIZER_BYTES } from './dense-fields.ts';

export interface DenseShape {
  readonly inputs: number;
  readonly units: number;
  readonly useBias: boolean;
  /** Widest tile, in columns. Default: what suits small batches. */
  readonly tileColumns?: number;
}

/** How a layer is cut up: `tiles` of `width` columns, `blocks` of `blockRows` rows. */
export interface Tiling {
  readonly rows: number;
  readonly width: number;
  readonly tiles: number;
  readonly blockRows: number;
  readonly blocks: number;
}

/** Addresses in bytes. */
export interface LayerPlace {
  readonly record: number;
  readonly weights: number;
  /** One for each slot, in the optimizer's order. */
  readonly slots: readonly number[];
}

/** Addresses of what a batch needs, in bytes. */
export interface BatchPlace {
  readonly input: number;
  readonly sums: number;
  readonly gradient: number;
  readonly output: number;
  readonly slope: number;
  readonly mask: number;
  readonly entries: number;
  readonly ends: number;
  /** Of the batch that comes next; only the first layer has them. */
  readonly next?: { readonly entries: number; readonly ends: number } | undefined;
}

export interface DensePlan {
  readonly control: number;
  readonly optimizer: number;
  readonly layers: readonly LayerPlace[];
  /** Where weights and slots end and what a batch needs begins. */
  readonly fixedEnd: number;
}

/**
 * Columns of a tile: a batch's sums or gradients for them should leave room in the first-level cache (32 KiB).
 * Measured with 37,632 x 1,024: 128 is 5% faster than 64 for 20 samples, 64 is 8 and 15% faster for 32 and 64.
 */
export function tileColumnsFor(batchSize: number): number {
  return batchSize <= 24 ? 128 : 64;
}

const ALIGNMENT = 128;

export function planTiling({ inputs, units, useBias, tileColumns = tileColumnsFor(1) }: DenseShape): Tiling {
  const rows = inputs + (useBias ? 1 : 0);
  const tiles = Math.ceil(units / tileColumns);
  const width = Math.ceil(units / tiles / 4) * 4;
  const blockRows = rows > 8192 ? 256 : 64;
  return { rows, width, tiles, blockRows, blocks: Math.ceil(rows / blockRows) };
}

/** Lays out what lives as long as the step. @param base - First free byte. */
export function planWeights(base: number, shapes: readonly DenseShape[], slots: number): DensePlan {
  const allocate = allocator(base);
  const control = allocate.next(CONTROL_BYTES);
  const optimizer = allocate.next(OPTIMIZER_BYTES);
  const layers = shapes.map((shape) => {
    const { rows, width, tiles } = planTiling(shape);
    const bytes = rows * width * tiles * 4;
    return {
      record: allocate.next(LAYER_BYTES),
      weights: allocate.next(bytes),
      slots: Array.from({ length: slots }, () => allocate.next(bytes)),
    };
  });
  return { control, optimizer, layers, fixedEnd: allocate.end() };
}

/** Lays out what a batch of up to `size` samples needs. */
export function planBatch(
  base: number,
  shapes: readonly DenseShape[],
  size: number,
): { readonly layers: readonly BatchPlace[]; readonly end: number } {
  const allocate = allocator(base);
  let input = allocate.next((shapes[0]?.inputs ?? 0) * size * 4);
  const layers = shapes.map((shape, index) => {
    const { rows, width, tiles, blocks, blockRows } = planTiling(shape);
    const lists = () => ({
      entries: allocate.next(blocks * blockRows * size * 8),
      ends: allocate.next(rows * 4),
    });
    const tiled = tiles * width * size * 4;
    const plain = shape.units * size * 4;
    const place = {
      input,
      sums: allocate.next(tiled),
      gradient: allocate.next(tiled),
      output: allocate.next(plain),
      slope: allocate.next(plain),
      mask: allocate.next(plain),
      ...lists(),
      next: index === 0 ? lists() : undefined,
    };
    input = place.output;
    return place;
  });
  return { layers, end: allocate.end() };
}

/**
 * Refuses a head that cannot fit, before anything is allocated.
 *
 * @param available - Free bytes of the machine.
 * @throws {GraftError} `memory`, with the sum.
 */
export function requireFits(
  shapes: readonly DenseShape[],
  slots: number,
  batchSize: number,
  available: number,
): void {
  const weights = planWeights(0, shapes, slots).fixedEnd;
  const total = planBatch(weights, shapes, batchSize).end + PAGE_BYTES;
  const addressable = MAX_PAGES * PAGE_BYTES;
  const limit = Math.min(addressable, available);
  if (total <= limit) return;
  const numbers = shapes.reduce(
    (sum, { inputs, units, useBias }) => sum + (inputs + Number(useBias)) * units,
    0,
  );
  throw new GraftError('memory', {
    where: 'dense step',
    expected: `at most ${inUnits(limit)} (${limit === addressable ? 'what the kernel can address' : 'what is free'})`,
    received:
      `${inUnits(total)}: ${numbers} weights x ${1 + slots} (with ${slots} slots) x 4 bytes = ${inUnits(weights)}, ` +
      `and ${inUnits(total - weights)} for a batch of ${batchSize}`,
    advice: 'Pool the features, use fewer units, or an optimizer with fewer slots.',
  });
}

function inUnits(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function allocator(base: number): { next(bytes: number): number; end(): number } {
  const align = (address: number): number => Math.ceil(address / ALIGNMENT) * ALIGNMENT;
  let top = align(base);
  return {
    next(bytes) {
      const address = top;
      top = align(top + bytes);
      return address;
    },
    end: () => top,
  };
}
