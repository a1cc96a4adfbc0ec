import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { confidentJoint, findLabelIssues } from '../../../src/core/inspection/confident-learning.ts';
import { predictByHeads } from '../../../src/core/inspection/logistic-heads.ts';
import { rowsInMemory } from '../../../src/core/inspection/row-source.ts';
import { perceptualHashes } from '../../../src/vision/inspection/perceptual-hash.ts';

interface Golden {
  readonly labels: readonly {
    readonly name: string;
    readonly labels: readonly number[];
    readonly numClasses: number;
    readonly probabilities: readonly number[];
    readonly joint: readonly (readonly number[])[];
    readonly issues: readonly number[];
  }[];
  readonly hashes: readonly {
    readonly name: string;
    readonly pixels: readonly number[];
    readonly hash: string;
    readonly mirrored: string;
  }[];
  readonly logistic: readonly {
    readonly numClasses: number;
    readonly penalty: number;
    readonly features: readonly number[];
    readonly labels: readonly number[];
    readonly trained: number;
    readonly probabilities: readonly number[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('inspection.json', import.meta.url), 'utf8')) as Golden;

describe('label issues are those of cleanlab', () => {
  it.each(golden.labels)('$name', ({ labels, numClasses, probabilities, joint, issues }) => {
    const given = {
      labels: Uint32Array.from(labels),
      probabilities: Float64Array.from(probabilities),
      numClasses,
    };
    expect(confidentJoint(given)).toEqual(joint);
    expect(findLabelIssues(given).map(({ row }) => row)).toEqual(issues);
  });
});

describe('perceptual hashes are those of ImageHash', () => {
  it.each(golden.hashes)('$name', ({ pixels, hash, mirrored }) => {
    const found = perceptualHashes({ size: 32, values: Float32Array.from(pixels) });
    const hex = (words: readonly number[]): string =>
      words.map((word) => word.toString(16).padStart(8, '0')).join('');
    expect([hex(found.plain), hex(found.mirrored)]).toEqual([hash, mirrored]);
  });
});

describe('logistic heads are those of scikit-learn', () => {
  it.each(golden.logistic)('with $numClasses classes', async ({ numClasses, penalty, trained, ...data }) => {
    const count = data.labels.length;
    const into = new Float64Array(count * numClasses);
    await predictByHeads(rowsInMemory(Float32Array.from(data.features), 4), {
      labels: Uint32Array.from(data.labels),
      numClasses,
      tasks: [
        {
          trains: Uint8Array.from(data.labels, (_, row) => (row < trained ? 1 : 0)),
          predicts: new Uint8Array(count).fill(1),
          penalty,
          into,
        },
      ],
    });
    const largest = Math.max(...into.map((value, i) => Math.abs(value - data.probabilities[i]!)));
    expect(largest).toBeLessThan(2e-3);
  });
});
