import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { EpochRecord } from '../core/fit/history.ts';
import { curvesPlot } from './curves-plot.tsx';

const record = (epoch: number, valLoss?: number): EpochRecord => ({
  epoch,
  logs: {
    loss: 1 / epoch,
    accuracy: 1 - 1 / (epoch + 1),
    ...(valLoss === undefined ? {} : { val_loss: valLoss, val_accuracy: 0.8 }),
  },
  seconds: 1,
});

describe('curvesPlot', () => {
  it('draws a point for every epoch and curve, and marks the best epoch', async () => {
    const svg = curvesPlot([record(1, 0.9), record(2, 0.6), record(3, 0.7)], 2);
    expect(svg.match(/<circle/g)).toHaveLength(12);
    expect(svg).toContain('<title>best epoch: 2</title>');
    expect((await sharp(Buffer.from(svg)).metadata()).width).toBe(840);
  });

  it('leaves validation out where there is none', () => {
    const svg = curvesPlot([record(1), record(2)], 0);
    expect(svg).not.toContain('validation');
    expect(svg).not.toContain('best epoch');
  });

  it.each([
    ['f1_score', 'F1', '100%'],
    ['mae', 'Mean absolute error', '2.5'],
  ])('draws %s where there is no accuracy', (name, title, tick) => {
    const epochs = [1, 2].map((epoch) => ({
      epoch,
      logs: { loss: 1, val_loss: 2, [name]: epoch / 4, [`val_${name}`]: name === 'mae' ? 2.5 : 0.5 },
      seconds: 1,
    }));
    const svg = curvesPlot(epochs, 1);
    expect(svg).toContain(`>${title}</text>`);
    expect(svg).toContain(`>${tick}</text>`);
    expect(svg).not.toContain('Accuracy');
    expect(svg.match(/<circle/g)).toHaveLength(8);
  });

  it('marks where another phase begins, in both panels', () => {
    const epochs = [1, 1, 2, 2, 3].map((phase, i) => ({ ...record(i + 1, 0.5), phase }));
    const svg = curvesPlot(epochs, 1);
    expect(svg.match(/<title>phase \d begins<\/title>/g)).toEqual(
      [2, 3, 2, 3].map((phase) => `<title>phase ${phase} begins</title>`),
    );
    expect(svg).toContain('>phase 2</text>');
    expect(curvesPlot([record(1), record(2)], 1)).not.toContain('phase');
  });

  it('draws a single epoch, and a loss that went through infinity', async () => {
    for (const records of [[record(1, 0.5)], [record(1, Number.POSITIVE_INFINITY), record(2, 0.5)]]) {
      const svg = curvesPlot(records, 1);
      expect(svg).not.toMatch(/NaN|Infinity/);
      await expect(sharp(Buffer.from(svg)).metadata()).resolves.toBeDefined();
    }
  });
});
