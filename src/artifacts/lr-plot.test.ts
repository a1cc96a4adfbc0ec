import { describe, expect, it } from 'vitest';
import type { LearningRateSearch } from '../core/fit/lr-find.ts';
import { learningRatePlot } from './lr-plot.ts';

const points = Array.from({ length: 40 }, (_, i) => ({
  learningRate: 1e-6 * 10 ** (i / 8),
  loss: 2 - i / 30 + (i % 3) / 10,
  smoothedLoss: 2 - i / 30,
}));
const search: LearningRateSearch = {
  points,
  ended: 'steps',
  suggested: 5e-4,
  steepest: 1e-4,
  minimumTenth: 2.5e-3,
};

const titles = (svg: string) => [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title);
const numbersOf = (path: string) => path.match(/-?[\d.]+/g)!.map(Number);

describe('learningRatePlot', () => {
  it('draws both curves from left to right, with one place for each point', () => {
    const svg = learningRatePlot(search);
    const paths = [...svg.matchAll(/<path d="(.*?)"/g)].map(([, path]) => numbersOf(path!));
    expect(paths.map((path) => path.length)).toEqual([80, 80]);
    for (const path of paths) {
      const xs = path.filter((_, i) => i % 2 === 0);
      const steps = xs.slice(1).map((x, i) => x - xs[i]!);
      // The axis is logarithmic, so equal factors are equal steps.
      expect(steps).toBeAllClose(Array(39).fill(steps[0]), { atol: 0.01, rtol: 0 });
      expect(steps[0]).toBeGreaterThan(0);
    }
    const smoothed = paths[1]!.filter((_, i) => i % 2 === 1);
    expect(smoothed.every((y, i) => i === 0 || y > smoothed[i - 1]!)).toBe(true);
  });

  it('marks the suggestions, and the powers of ten', () => {
    const svg = learningRatePlot(search);
    expect(titles(svg)).toEqual(['suggested: 5e-4', 'steepest: 1e-4', 'a tenth of the lowest: 2.5e-3']);
    for (const power of ['1e-6', '1e-5', '1e-4', '1e-3', '1e-2']) expect(svg).toContain(`>${power}</text>`);
  });

  it('marks nothing where nothing is suggested, and has only finite numbers, however few points', () => {
    for (const count of [0, 1, 2]) {
      const svg = learningRatePlot({
        points: points.slice(0, count),
        ended: 'diverged',
        suggested: undefined,
        steepest: undefined,
        minimumTenth: undefined,
      });
      expect(titles(svg)).toEqual([]);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('shows the fall, however far the losses run away behind it', () => {
    const runaway = Array.from({ length: 40 }, (_, i) => {
      const smoothedLoss = i < 30 ? 0.7 - i / 100 : 0.4 * 2 ** (i - 29);
      return { learningRate: 1e-6 * 10 ** (i / 8), loss: smoothedLoss, smoothedLoss };
    });
    const paths = [...learningRatePlot({ ...search, points: runaway }).matchAll(/<path d="(.*?)"/g)];
    const ys = numbersOf(paths[1]![1]!).filter((_, i) => i % 2 === 1);
    // Of the 228 pixels of the axis.
    expect(ys[29]! - ys[0]!).toBeGreaterThan(110);
    expect(ys[39]).toBe(44);
  });

  it('keeps losses that run away inside of the image', () => {
    const runaway = [...points, { learningRate: 1, loss: 1e30, smoothedLoss: 5 }];
    const [, height] = /height="(\d+)"/.exec(learningRatePlot({ ...search, points: runaway }))!;
    const [, path] = /<path d="(.*?)"/.exec(learningRatePlot({ ...search, points: runaway }))!;
    const ys = numbersOf(path!).filter((_, i) => i % 2 === 1);
    expect(ys.every((y) => y >= 0 && y <= Number(height))).toBe(true);
  });
});
