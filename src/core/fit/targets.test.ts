import { describe, expect, it } from 'vitest';
import { losses } from '../losses/losses.ts';
import { computeProbabilities, computeSigmoids, targetRows, targetsOf } from './targets.ts';

describe('targetsOf', () => {
  it('gives the index where the loss takes one, also to the one sigmoid of two classes', () => {
    expect([...targetsOf([0, 2, 1], losses.sparseCategoricalCrossentropy(), 3)]).toEqual([0, 2, 1]);
    expect([...targetsOf([0, 1], losses.binaryCrossentropy(), 2)]).toEqual([0, 1]);
  });

  it('gives one-hot rows elsewhere', () => {
    expect([...targetsOf([2, 0], losses.categoricalCrossentropy(), 3)]).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

describe('computeProbabilities', () => {
  it('gives both classes of one sigmoid', () => {
    expect(computeProbabilities(Float32Array.of(0, Math.log(3)), 1)).toBeAllClose([0.5, 0.5, 0.25, 0.75], {
      atol: 1e-7,
      rtol: 0,
    });
  });

  it('gives a softmax that survives large logits', () => {
    expect(computeProbabilities(Float32Array.of(1000, 1000, 0, 0), 2)).toBeAllClose([0.5, 0.5, 0.5, 0.5], {
      atol: 1e-7,
      rtol: 0,
    });
    expect(computeProbabilities(Float32Array.of(-2000, 2000, 0), 3)).toBeAllClose([0, 1, 0], {
      atol: 1e-7,
      rtol: 0,
    });
  });
});

describe('targetRows', () => {
  const labels = Uint32Array.of(2, 0, 1);
  const loss = losses.categoricalCrossentropy();

  it('are made of class indices where there are no targets', () => {
    expect([...targetRows({ labels, classes: 3 }, Uint32Array.of(2, 0), loss)]).toEqual([0, 1, 0, 0, 0, 1]);
  });

  it("are the set's own targets where it has some", () => {
    const targets = { values: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2 };
    const set = { labels: new Uint32Array(3), targets, classes: 2 };
    expect([...targetRows(set, Uint32Array.of(2, 0), losses.meanSquaredError())]).toEqual([5, 6, 1, 2]);
  });
});

describe('computeSigmoids', () => {
  it('gives every logit a probability of its own', () => {
    const given = computeSigmoids(Float32Array.of(0, Math.log(3), -1000));
    expect(given).toBeAllClose([0.5, 0.75, 0], { atol: 1e-7, rtol: 0 });
  });
});
