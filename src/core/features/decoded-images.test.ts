import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFiles } from '../../node/images/image-files.ts';
import type { Sample } from '../examples/sample.ts';
import { DecodedImages } from './decoded-images.ts';

describe('DecodedImages', () => {
  let folder: string;
  let samples: Sample[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-decoded-'));
    samples = [];
    for (let i = 0; i < 5; i++) {
      const file = join(folder, `${i}.png`);
      const background = { r: 40 * i, g: 0, b: 0 };
      await sharp({ create: { width: 4, height: 4, channels: 3, background } }).toFile(file);
      samples.push({ file, label: i });
    }
    await writeFile(join(folder, 'broken.png'), '');
    samples.splice(2, 0, { file: join(folder, 'broken.png'), label: 9 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['kept', 1_000_000],
    ['decoded again', 0],
  ])('gives the same images each time, %s, whatever became of the pixels', async (_, keptBytes) => {
    const skipped: string[] = [];
    const options = {
      images: imageFiles,
      width: 2,
      height: 2,
      batchSize: 2,
      onSkip: ({ file }: { file: string }) => skipped.push(file),
    };
    const images = new DecodedImages(samples.length, options, keptBytes);
    const passes: { labels: number[]; reds: number[] }[] = [];
    for (let pass = 0; pass < 3; pass++) {
      const seen = { labels: [] as number[], reds: [] as number[] };
      for await (const batch of images.batches(samples)) {
        batch.samples.forEach(({ label }, i) => {
          seen.labels.push(label);
          seen.reds.push(batch.pixels[i * 12]!);
        });
        batch.pixels.fill(7);
      }
      passes.push(seen);
    }
    expect(passes[0]).toEqual({ labels: [0, 1, 2, 3, 4], reds: [0, 40, 80, 120, 160] });
    expect(passes[1]).toEqual(passes[0]);
    expect(passes[2]).toEqual(passes[0]);
    expect(skipped).toEqual([join(folder, 'broken.png')]);
  });
});
