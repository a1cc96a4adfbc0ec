import { describe, expect, it } from 'vitest';
import { type FeatureSet, featuresInMemory, RowBuffer } from '../features/feature-set.ts';
import { losses } from '../losses/losses.ts';
import { floats, tensor } from '../tensor/tensor.ts';
import { hasPositions, readBatch, rowsThatCount } from './read-batch.ts';

const LOSS = losses.sparseCategoricalCrossentropy();

/** Two sequences of 3 and 1 positions that are learned, the second filled up. */
const SEQUENCES: FeatureSet = {
  tensors: [
    { name: 'features', dtype: 'float32', shape: [null, 2] },
    { name: 'targets', dtype: 'int32', shape: [null] },
    { name: 'target_weights', dtype: 'float32', shape: [null] },
  ],
  labels: new Uint32Array(2),
  numClasses: 0,
  size: 2,
  read: () => [
    floats([2, 3, 2], Array(12).fill(1)),
    tensor('int32', [2, 3], Int32Array.of(5, 100_000, 2, 4, 0, 0)),
    floats([2, 3], [1, 1, 0.5, 1, 0, 0]),
  ],
};

describe('readBatch', () => {
  it('gives every position its target, and weights whose mean over all positions is that over those learned', async () => {
    const batch = await readBatch(SEQUENCES, Uint32Array.of(0, 1), LOSS, new RowBuffer());
    expect(batch.features.map(({ shape }) => shape)).toEqual([[2, 3, 2]]);
    expect([...batch.targets]).toEqual([5, 100_000, 2, 4, 0, 0]);
    expect([batch.size, batch.count]).toEqual([2, 3.5]);
    const scale = 6 / 3.5;
    expect(batch.sampleWeights).toBeAllClose([scale, scale, scale / 2, scale, 0, 0], { atol: 0, rtol: 1e-6 });
    // As the steps do it.
    const values = [1, 2, 3, 4, 1e6, 1e6];
    const mean = values.reduce((sum, value, row) => sum + value * batch.sampleWeights[row]!, 0) / 6;
    expect(mean).toBeCloseTo((1 + 2 + 1.5 + 4) / 3.5, 5);
  });

  it.each([Float32Array, Uint16Array])('tells where rows lie in memory: %s', async (Numbers) => {
    const numbers = Numbers.of(0, 0, 0x3c00, 0x4000);
    const set = featuresInMemory(numbers, { labels: Uint32Array.of(1, 0), width: 2, numClasses: 2 });
    const batch = await readBatch(set, Uint32Array.of(1), LOSS, new RowBuffer());
    expect(batch.source).toEqual({ numbers, width: 2, rows: Uint32Array.of(1) });
    expect([...batch.features[0]!.data]).toEqual(Numbers === Uint16Array ? [1, 2] : [0x3c00, 0x4000]);
  });

  it('counts what is learned alone in metrics', async () => {
    const batch = await readBatch(SEQUENCES, Uint32Array.of(0, 1), LOSS, new RowBuffer());
    const logits = Float32Array.from({ length: 12 }, (_, i) => i);
    expect(rowsThatCount(batch, logits)).toEqual({
      logits: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
      targets: Float32Array.of(5, 100_000, 2, 4),
      rows: 4,
    });
  });

  it('weighs examples by their class, and counts all of them', async () => {
    const labels = Uint32Array.of(2, 0);
    const set = featuresInMemory(Float32Array.of(1, 2, 3, 4), { labels, width: 2, numClasses: 3 });
    expect([hasPositions(set), hasPositions(SEQUENCES)]).toEqual([false, true]);
    const batch = await readBatch(set, Uint32Array.of(1, 0), LOSS, new RowBuffer(), [0, 1, 3]);
    expect([...batch.features[0]!.data]).toEqual([3, 4, 1, 2]);
    expect([[...batch.targets], [...batch.sampleWeights]]).toEqual([
      [0, 2],
      [0, 3],
    ]);
    const logits = new Float32Array(6);
    expect(rowsThatCount(batch, logits)).toEqual({ logits, targets: batch.targets, rows: 2 });
  });
});
