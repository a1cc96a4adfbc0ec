import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { createRandom } from '../tensor/random.ts';
import { type DistanceMetric, type FeatureRows, nearestNeighbors } from './nearest-neighbors.ts';

function randomRows(count: number, width: number, seed: number): FeatureRows {
  const random = createRandom(seed);
  return {
    features: Float32Array.from({ length: count * width }, () => random.normal()),
    shape: [count, width],
  };
}

const rowsOf = ({ features, shape: [count = 0, width = 0] }: FeatureRows): number[][] =>
  Array.from({ length: count }, (_, row) => [...features.subarray(row * width, (row + 1) * width)]);

/** By the formula, all of them, sorted. */
function bySorting(rows: FeatureRows, queries: FeatureRows, k: number, metric: DistanceMetric): number[][] {
  const norm = (a: number[]): number => Math.hypot(...a);
  const dot = (a: number[], b: number[]): number => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
  const distance = (a: number[], b: number[]): number =>
    metric === 'cosine' ? 1 - dot(a, b) / (norm(a) * norm(b)) : norm(a.map((each, i) => each - b[i]!));
  return rowsOf(queries).map((query) =>
    rowsOf(rows)
      .map((row, index) => ({ index, distance: distance(row, query) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, k)
      .map(({ index }) => index),
  );
}

const found = ({ indices, shape: [, k] }: ReturnType<typeof nearestNeighbors>, query: number): number[] => [
  ...indices.subarray(query * k, (query + 1) * k),
];

describe('nearestNeighbors', () => {
  it('finds what sorting all rows finds, whatever their numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom<DistanceMetric>('cosine', 'euclidean'),
        fc.integer(),
        (count, width, queryCount, k, metric, seed) => {
          const rows = randomRows(count, width, seed);
          const queries = randomRows(queryCount, width, seed + 1);
          const result = nearestNeighbors(rows, queries, { k, metric });
          expect(result.shape).toEqual([queryCount, Math.min(k, count)]);
          bySorting(rows, queries, k, metric).forEach((expected, query) => {
            expect(found(result, query)).toEqual(expected);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes over more rows than a block holds', () => {
    const rows = randomRows(700, 100, 1);
    const queries: FeatureRows = { features: rows.features.subarray(650 * 100, 656 * 100), shape: [6, 100] };
    for (const metric of ['cosine', 'euclidean'] as const) {
      const { indices, distances } = nearestNeighbors(rows, queries, { k: 1, metric });
      expect([...indices]).toEqual([650, 651, 652, 653, 654, 655]);
      expect([...distances]).toBeAllClose([0, 0, 0, 0, 0, 0], { atol: 1e-7, rtol: 0 });
    }
  });

  it('tells distances as scikit-learn does, equally near ones in their order', () => {
    const rows = { features: Float32Array.of(1, 0, 0, 2, -3, 0, 0, 0, 1, 0), shape: [5, 2] };
    const query = { features: Float32Array.of(2, 0), shape: [1, 2] };
    const cosine = nearestNeighbors(rows, query, { k: 9 });
    expect([...cosine.indices]).toEqual([0, 4, 1, 3, 2]);
    expect([...cosine.distances]).toEqual([0, 0, 1, 1, 2]);
    const euclidean = nearestNeighbors(rows, query, { k: 3, metric: 'euclidean' });
    expect([...euclidean.indices]).toEqual([0, 4, 3]);
    expect([...euclidean.distances]).toEqual([1, 1, 2]);
    expect(nearestNeighbors(rows, { features: new Float32Array(0), shape: [0, 2] })).toEqual({
      indices: new Uint32Array(0),
      distances: new Float32Array(0),
      shape: [0, 5],
    });
  });

  it('keeps what is near apart far from the origin', () => {
    const rows = { features: Float32Array.of(4096, 4096.5, 4097), shape: [3, 1] };
    const query = { features: Float32Array.of(4096.5), shape: [1, 1] };
    const { indices, distances } = nearestNeighbors(rows, query, { k: 3, metric: 'euclidean' });
    expect([[...indices], [...distances]]).toEqual([
      [1, 0, 2],
      [0, 0.5, 0.5],
    ]);
  });

  it.each([
    [
      { k: 0 },
      [2, 2],
      'nearest neighbors: expected a whole number of at least 1 for "k", received 0. Correct it, or leave it out for the default.',
    ],
    [
      { metric: 'manhattan' },
      [2, 2],
      'nearest neighbors: expected metric "cosine" or "euclidean", received "manhattan". Correct it, or leave it out for "cosine".',
    ],
    [
      {},
      [4, 1],
      'nearest neighbors: expected queries of 2 numbers, as the rows have, received queries of 1. Extract both with the same network, layer and pooling.',
    ],
    [
      {},
      [3, 2],
      'nearest neighbors: expected queries [N, ...] with as many numbers as their shape says, received 4 numbers of shape [3, 2]. Give what extractFeatures gives.',
    ],
  ])('refuses %j with queries of shape %j', (options, shape, message) => {
    const rows = { features: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
    const queries = { features: Float32Array.of(1, 2, 3, 4), shape };
    expect(() => nearestNeighbors(rows, queries, options as { k: number })).toThrow(withMessage(message));
  });

  it('refuses what is no number', () => {
    const rows = { features: Float32Array.of(1, 2, Number.NaN, 4), shape: [2, 2] };
    expect(() => nearestNeighbors(rows, rows)).toThrow(
      withMessage(
        'nearest neighbors: expected finite numbers, received others in row 1. Look at how they were made.',
      ),
    );
  });
});
