/** @file The rows of a table of numbers that are nearest to others: exact, by comparing with all of them. */

import { GraftError } from '../errors/graft-error.ts';
import { requireNumber, whole } from '../errors/number-range.ts';

/** How far apart two rows are. `cosine`: 1 less the cosine of the angle between them, 0 to 2; a row of zeros is 1 from all. */
export type DistanceMetric = 'cosine' | 'euclidean';

/** Rows of numbers: what `extractFeatures` gives. */
export interface FeatureRows {
  /** `[rows, ...]`, row-major. */
  readonly features: Float32Array;
  /** The first is the number of rows, the product of the others that of numbers in a row. */
  readonly shape: readonly number[];
}

/** How neighbors are found. */
export interface NearestNeighborsOptions {
  /** How many of the nearest, >= 1. Default 5; where there are fewer rows, all of them. */
  readonly k?: number | undefined;
  /** Default `cosine`. */
  readonly metric?: DistanceMetric | undefined;
}

/** For each query the nearest rows, the nearest first; of equally near ones the earlier row. */
export interface NearestNeighbors {
  /** `[queries, k]`, row-major: places among the rows. */
  readonly indices: Uint32Array;
  /** `[queries, k]`, row-major. */
  readonly distances: Float32Array;
  /** `[queries, k]` */
  readonly shape: readonly [number, number];
}

/** Rows that a query is compared with at once: their sums do not wait for one another. */
const ROWS_AT_ONCE = 4;
/** Of rows, so many bytes are compared with all queries before the next: they stay in the processor's cache. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Finds the nearest rows, exactly: every query is compared with every row, in `queries x rows x numbers` steps, of
 * which a second of one processor does half a billion to a billion. Beside the result, memory is taken for the queries in float64. Sums are
 * of float64, too.
 *
 * @param rows - Among which is looked.
 * @param queries - With as many numbers in a row. A query that is among the rows finds itself first.
 * @throws {GraftError} `argument`, for `k` or the metric; `shape`, if they do not fit; `not-a-number`, if one is not finite.
 */
export function nearestNeighbors(
  rows: FeatureRows,
  queries: FeatureRows,
  { k = 5, metric = 'cosine' }: NearestNeighborsOptions = {},
): NearestNeighbors {
  requireNumber('nearest neighbors', 'k', whole(1), k);
  requireMetric(metric);
  const [count, width] = sizesOf(rows, 'rows');
  const [queryCount, queryWidth] = sizesOf(queries, 'queries');
  if (width !== queryWidth) {
    throw new GraftError('shape', {
      where: 'nearest neighbors',
      expected: `queries of ${width} numbers, as the rows have`,
      received: `queries of ${queryWidth}`,
      advice: 'Extract both with the same network, layer and pooling.',
    });
  }
  const kept = Math.min(k, count);
  const nearest = Array.from({ length: queryCount }, () => new Nearest(kept));
  const norms = {
    rows: normsOf(rows, count, width, 'row'),
    queries: normsOf(queries, queryCount, width, 'query'),
  };
  // Converted once: numbers of float32 cost more to read than to multiply.
  const wanted = Float64Array.from(queries.features);
  const blockRows = ROWS_AT_ONCE * Math.max(1, Math.floor(BLOCK_BYTES / (width * 8 * ROWS_AT_ONCE)));
  const block = new Float64Array(Math.min(blockRows, roundedUp(count)) * width);
  const sums = new Float64Array(ROWS_AT_ONCE);
  const sum = metric === 'cosine' ? sumProducts : sumSquaredDifferences;
  for (let start = 0; start < count; start += blockRows) {
    const end = Math.min(start + blockRows, count);
    block.set(rows.features.subarray(start * width, end * width));
    for (let query = 0; query < queryCount; query++) {
      const own = nearest[query]!;
      for (let row = start; row < end; row += ROWS_AT_ONCE) {
        sum(block, (row - start) * width, wanted, query * width, width, sums);
        for (let i = 0; i < ROWS_AT_ONCE && row + i < end; i++) {
          own.add(
            metric === 'cosine'
              ? cosineDistance(sums[i]!, norms.rows[row + i]! * norms.queries[query]!)
              : Math.sqrt(sums[i]!),
            row + i,
          );
        }
      }
    }
  }
  const indices = new Uint32Array(queryCount * kept);
  const distances = new Float32Array(queryCount * kept);
  nearest.forEach((each, query) => {
    indices.set(each.indices, query * kept);
    distances.set(each.distances, query * kept);
  });
  return { indices, distances, shape: [queryCount, kept] };
}

/** Rounding must not take it out of its range. */
function cosineDistance(dot: number, norms: number): number {
  return norms === 0 ? 1 : Math.min(2, Math.max(0, 1 - dot / norms));
}

/** The nearest so far, in order. */
class Nearest {
  readonly indices: Uint32Array;
  readonly distances: Float64Array;
  readonly #k: number;
  #size = 0;

  constructor(k: number) {
    this.#k = k;
    this.indices = new Uint32Array(k);
    this.distances = new Float64Array(k);
  }

  /** Rows come in their order: an equally near one stands behind. */
  add(distance: number, row: number): void {
    const { distances, indices } = this;
    if (this.#size === this.#k && distance >= distances[this.#k - 1]!) return;
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (distances[middle]! <= distance) low = middle + 1;
      else high = middle;
    }
    const end = Math.min(this.#size, this.#k - 1);
    distances.copyWithin(low + 1, low, end);
    indices.copyWithin(low + 1, low, end);
    distances[low] = distance;
    indices[low] = row;
    this.#size = Math.min(this.#size + 1, this.#k);
  }
}

function roundedUp(count: number): number {
  return Math.ceil(count / ROWS_AT_ONCE) * ROWS_AT_ONCE;
}

/** Of four rows, which lie one behind the other, with a query. */
function sumProducts(
  rows: Float64Array,
  first: number,
  queries: Float64Array,
  query: number,
  width: number,
  sums: Float64Array,
): void {
  const [second, third, fourth] = [first + width, first + 2 * width, first + 3 * width];
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < width; i++) {
    const value = queries[query + i]!;
    a += rows[first + i]! * value;
    b += rows[second + i]! * value;
    c += rows[third + i]! * value;
    d += rows[fourth + i]! * value;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

/** The same of squared differences: not from products, in which those of near rows drown. */
function sumSquaredDifferences(
  rows: Float64Array,
  first: number,
  queries: Float64Array,
  query: number,
  width: number,
  sums: Float64Array,
): void {
  const [second, third, fourth] = [first + width, first + 2 * width, first + 3 * width];
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < width; i++) {
    const value = queries[query + i]!;
    const p = rows[first + i]! - value;
    const q = rows[second + i]! - value;
    const r = rows[third + i]! - value;
    const s = rows[fourth + i]! - value;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

function normsOf({ features }: FeatureRows, count: number, width: number, what: string): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += features[i]! * features[i]!;
    if (Number.isFinite(sum)) return Math.sqrt(sum);
    throw new GraftError('not-a-number', {
      where: 'nearest neighbors',
      expected: 'finite numbers',
      received: `others in ${what} ${row}`,
      advice: 'Look at how they were made.',
    });
  });
}

function sizesOf({ features, shape }: FeatureRows, what: string): [count: number, width: number] {
  const [count = 0, ...others] = shape;
  const width = others.reduce((product, size) => product * size, 1);
  const isWhole = shape.every((size) => Number.isInteger(size) && size >= 0) && width > 0;
  if (isWhole && shape.length > 0 && features.length === count * width) return [count, width];
  throw new GraftError('shape', {
    where: 'nearest neighbors',
    expected: `${what} [N, ...] with as many numbers as their shape says`,
    received: `${features.length} numbers of shape [${shape.join(', ')}]`,
    advice: 'Give what extractFeatures gives.',
  });
}

function requireMetric(metric: string): void {
  if (metric === 'cosine' || metric === 'euclidean') return;
  throw new GraftError('argument', {
    where: 'nearest neighbors',
    expected: 'metric "cosine" or "euclidean"',
    received: `"${metric}"`,
    advice: 'Correct it, or leave it out for "cosine".',
  });
}
