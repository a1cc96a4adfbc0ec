import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { assessLabels } from './assess-labels.ts';
import { learningCurve } from './learning-curve.ts';
import { LinkedGroups } from './linked-groups.ts';
import { findNameGroups } from './name-groups.ts';
import { nearestRows } from './nearest-rows.ts';
import { findOutliers } from './outliers.ts';
import { rowsInMemory } from './row-source.ts';

/** Two clouds of points far apart, in turns. */
function clouds(count: number): { features: Float32Array; labels: Uint32Array } {
  const random = createRandom(3);
  const labels = Uint32Array.from({ length: count }, (_, row) => row % 2);
  const features = Float32Array.from({ length: count * 4 }, (_, i) => {
    const side = labels[Math.floor(i / 4)] === 0 ? -1 : 1;
    return (i % 4 < 2 ? side : 0.2) + 0.3 * random.normal();
  });
  return { features, labels };
}

describe('linked groups', () => {
  it('hold all that are linked, however far apart', () => {
    const links = new LinkedGroups(6);
    links.link(4, 2);
    links.link(5, 4);
    links.link(1, 0);
    expect(links.groups()).toEqual([
      [0, 1],
      [2, 4, 5],
    ]);
    expect([links.areLinked(2, 5), links.areLinked(2, 3)]).toEqual([true, false]);
  });
});

describe('nearest rows', () => {
  it('are those of comparing all with all, over several blocks', async () => {
    const random = createRandom(1);
    const [size, width] = [2500, 3];
    const values = Float32Array.from({ length: size * width }, () => random.normal());
    const { k, indices, cosines } = await nearestRows(rowsInMemory(values, width), { k: 2 });
    const cosine = (a: number, b: number): number => {
      const [x, y] = [a, b].map((row) => values.subarray(row * width, (row + 1) * width));
      const dot = (p: Float32Array, q: Float32Array): number =>
        p.reduce((sum, each, i) => sum + each * q[i]!, 0);
      return dot(x!, y!) / Math.sqrt(dot(x!, x!) * dot(y!, y!));
    };
    for (const row of [0, 7, 2047, 2048, 2499]) {
      const all = [...Array(size).keys()]
        .filter((other) => other !== row)
        .map((other) => cosine(row, other))
        .toSorted((a, b) => b - a);
      expect(Math.abs(cosines[row * k]! - all[0]!)).toBeLessThan(1e-5);
      expect(Math.abs(cosines[row * k + 1]! - all[1]!)).toBeLessThan(1e-5);
      expect(Math.abs(cosine(row, indices[row * k]!) - all[0]!)).toBeLessThan(1e-5);
    }
  });

  it('of three rows are two, and of one none', async () => {
    const three = await nearestRows(rowsInMemory(Float32Array.of(1, 0, 0.9, 0.1, 0, 1), 2), { k: 10 });
    expect([three.k, [...three.indices]]).toEqual([2, [1, 2, 0, 2, 1, 0]]);
    expect((await nearestRows(rowsInMemory(Float32Array.of(1, 0), 2), { k: 10 })).k).toBe(0);
  });
});

describe('outliers', () => {
  it('are far from all others; where all are equal there are none', async () => {
    const { features } = clouds(60);
    features.set([-3, 3, -3, -3], 44);
    const neighbors = await nearestRows(rowsInMemory(features, 4), { k: 10 });
    const found = findOutliers(neighbors);
    expect(found[0]!.row).toBe(11);
    expect(found.length).toBeLessThan(4);
    const equal = await nearestRows(rowsInMemory(new Float32Array(240).fill(1), 4), { k: 10 });
    expect(findOutliers(equal)).toEqual([]);
  });
});

describe('labels', () => {
  it('that are flipped are found, with the class that they should have', async () => {
    const { features, labels } = clouds(120);
    const flipped = [3, 20, 40, 61, 77, 98];
    const samples = [...labels].map((label, row) => ({
      file: `${row}.jpg`,
      label: flipped.includes(row) ? 1 - label : label,
    }));
    const found = await assessLabels(rowsInMemory(features, 4), {
      samples,
      numClasses: 2,
      together: [],
      seed: 0,
    });
    const rows = found!.issues.map(({ row }) => row);
    expect(flipped).toEqual(expect.arrayContaining(rows));
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(found!.issues.every(({ row, suggested }) => suggested === labels[row])).toBe(true);
    expect(found!.curve.points.map(({ fraction }) => fraction)).toEqual([0.12, 0.25, 0.5, 1]);
    expect(found!.leftOut).toEqual([]);
  });

  it('are not assessed where there are too few, and a class of one is left out', async () => {
    const { features, labels } = clouds(40);
    const assess = (own: readonly number[]) =>
      assessLabels(rowsInMemory(features.subarray(0, own.length * 4), 4), {
        samples: own.map((label, row) => ({ file: `${row}.jpg`, label })),
        numClasses: 3,
        together: [],
        seed: 0,
      });
    expect(await assess([0, 1, 0])).toBeUndefined();
    expect(await assess(new Array<number>(40).fill(0))).toBeUndefined();
    expect((await assess([2, ...labels.subarray(1)]))!.leftOut).toEqual([2]);
  });
});

describe('a learning curve', () => {
  const right = (wrong: number): Uint8Array =>
    Uint8Array.from({ length: 1000 }, (_, row) => (row < wrong ? 0 : 1));
  const counted = new Uint8Array(1000).fill(1);

  it('goes on as a power law: each doubling takes half of the errors', () => {
    const parts = [
      { fraction: 0.25, examples: 100, right: right(400) },
      { fraction: 0.5, examples: 200, right: right(200) },
      { fraction: 1, examples: 400, right: right(100) },
    ];
    const { points, doubled } = learningCurve(parts, counted, { seed: 0 });
    expect(points.map(({ accuracy }) => accuracy)).toEqual([0.6, 0.8, 0.9]);
    expect(doubled!.examples).toBe(800);
    expect(doubled!.accuracy).toBeCloseTo(0.95, 10);
    expect(doubled!.interval[0]).toBeLessThan(0.95);
    expect(doubled!.interval[1]).toBeGreaterThan(0.95);
  });

  it('never falls, and tells nothing from two points', () => {
    const parts = [100, 200, 400].map((examples) => ({ fraction: 1, examples, right: right(examples) }));
    expect(learningCurve(parts, counted, { seed: 0 }).doubled!.accuracy).toBe(0.6);
    expect(learningCurve(parts.slice(1), counted, { seed: 0 }).doubled).toBeNull();
  });

  it('promises no less than what is right already, and no more than is known', () => {
    const parts = [100, 200, 400].map((examples) => ({
      fraction: 1,
      examples,
      right: new Uint8Array(counted.length).fill(1),
    }));
    const { points, doubled } = learningCurve(parts, counted, { seed: 0 });
    expect(doubled).toEqual({ examples: 800, accuracy: 1, interval: points[2]!.interval });
  });
});

describe('groups by names', () => {
  const names = (nameOf: (group: number, member: number) => string): string[] =>
    Array.from({ length: 24 }, (_, i) => nameOf(Math.floor(i / 4), i % 4));

  it.each<[string, (group: number, member: number) => string, string | undefined]>([
    ['letters', (g, m) => `cat-00${g}-${'abcd'[m]}.jpg`, '^(.+[0-9])[-_. ]?[A-Za-z]\\.[^.]+$'],
    ['numbers', (g, m) => `horse0${g}-${m}.png`, '^(.+)[-_. ][0-9]+\\.[^.]+$'],
    [
      'frames',
      (g, m) => `video${g}_frame000${m}.jpg`,
      '^(.+?)[-_. ]?(?:frame|view|img|image|cam|crop|aug|shot|scan|slice|f|v)[-_. ]?[0-9]+\\.[^.]+$',
    ],
    ['classes alone', (g, m) => `cat.${g * 4 + m}.jpg`, undefined],
    ['nothing', (g, m) => `IMG${g}${m}.jpg`, undefined],
  ])('with %s', (_, nameOf, pattern) => {
    const found = findNameGroups(names(nameOf), undefined);
    expect(found?.pattern).toBe(pattern);
    if (found !== undefined) expect(found.groups).toHaveLength(6);
  });
});
