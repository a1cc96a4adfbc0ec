import { describe, expect, it } from 'vitest';
import { emptyHashes, HASH_BYTES } from '../../core/examples/content-hashes.ts';
import { heldOutRecord, heldOutRecordSchema, keptOutputs, MAX_REPORTED } from './held-out-record.ts';

const samplesOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ file: `${i}.png`, label: 0 }));
function hashesOf(count: number): ReturnType<typeof emptyHashes> {
  const hashes = emptyHashes(count);
  for (let i = 0; i < count; i++) hashes.hashes.fill(1 + (i % 250), i * HASH_BYTES, (i + 1) * HASH_BYTES);
  return hashes;
}
const about = (count: number, skipped: readonly string[] = []) => ({
  samples: samplesOf(count),
  skipped: new Set(skipped),
  hashes: hashesOf(count),
  width: 2,
  modelSha256: 'model',
});

describe('heldOutRecord', () => {
  it('keeps every bit, through JSON, and knows what could not be read', () => {
    const values = Float32Array.of(0.1, 0.9, 1 / 3, 2 / 3);
    const similarities = Float32Array.of(0.7, -0.1);
    const record = heldOutRecord({ set: 'validation', values, similarities }, about(3, ['1.png']))!;
    const read = heldOutRecordSchema.parse(JSON.parse(JSON.stringify(record)));
    expect(read).toMatchObject({ set: 'validation', modelSha256: 'model', unreadable: [1] });
    expect(keptOutputs(read, { examples: 3, width: 2 })).toEqual({
      unreadable: new Set([1]),
      values,
      similarities,
      explanations: new Map(),
    });
  });

  it('keeps explanations by the place of their example among those that a report takes', () => {
    const count = MAX_REPORTED * 2;
    const values = new Float32Array(count * 2);
    const pieces = { index: 1, ends: [3, 7], scores: [0.5, -1] };
    const explanations = [
      { example: 4, ...pieces },
      // Of no example that a report takes.
      { example: 5, ...pieces },
    ];
    const record = heldOutRecord({ set: 'test', values, explanations }, about(count))!;
    const read = heldOutRecordSchema.parse(JSON.parse(JSON.stringify(record)));
    expect(keptOutputs(read, { examples: MAX_REPORTED, width: 2 })!.explanations).toEqual(
      new Map([[2, { example: 2, ...pieces }]]),
    );
  });

  it('passes over explanations whose pieces are none', () => {
    const record = heldOutRecord({ set: 'test', values: Float32Array.of(0, 1) }, about(1))!;
    const faults = [
      { ends: [3], scores: [] },
      { ends: [3, 3], scores: [1, 1] },
      { ends: [3, 2], scores: [1, 1] },
    ];
    for (const fault of faults) {
      const explanations = [{ example: 0, index: 0, ...fault }];
      const kept = keptOutputs({ ...record, explanations }, { examples: 1, width: 2 })!;
      expect(kept.explanations.size, JSON.stringify(fault)).toBe(0);
    }
  });

  it('keeps of many examples those that a report takes', () => {
    const count = MAX_REPORTED * 2;
    const values = Float32Array.from({ length: count * 2 }, (_, i) => Math.floor(i / 2));
    const record = heldOutRecord({ set: 'test', values }, about(count))!;
    const kept = keptOutputs(record, { examples: MAX_REPORTED, width: 2 })!;
    expect([...kept.values.subarray(0, 6)]).toEqual([0, 0, 2, 2, 4, 4]);
  });

  it('is none where numbers and examples do not agree', () => {
    const values = Float32Array.of(0.1, 0.9);
    expect(heldOutRecord({ set: 'test', values }, about(3))).toBeUndefined();
    const record = heldOutRecord({ set: 'test', values }, about(1))!;
    expect(keptOutputs(record, { examples: 2, width: 2 })).toBeUndefined();
    expect(keptOutputs({ ...record, similarities: 'AAAA' }, { examples: 1, width: 2 })).toBeUndefined();
  });
});
