/** @file From a folder of images to batches: scan, split and decode together, on generated and on real images. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { requireEveryClass } from '../../src/core/examples/require-every-class.ts';
import { collectLabels, type Sample, type SkippedFile } from '../../src/core/examples/sample.ts';
import { splitSamples } from '../../src/core/examples/splits/split.ts';
import { decodeBatches } from '../../src/node/images/decode-batches.ts';
import { scanFolder } from '../../src/node/images/folder-scan.ts';
import { plainImage, temporaryFolder, writeFiles } from '../support/image-folder.ts';
import { needs } from '../support/needs.ts';
import { withMessage } from '../support/saying.ts';

const SHARED = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Decodes all samples; returns the mean red value of each that could be read. */
async function decodeAll(
  samples: readonly Sample[],
): Promise<{ reds: Map<Sample, number>; skipped: SkippedFile[] }> {
  const reds = new Map<Sample, number>();
  const skipped: SkippedFile[] = [];
  const options = { width: 16, height: 16, batchSize: 7, onSkip: (file: SkippedFile) => skipped.push(file) };
  for await (const { pixels, samples: read } of decodeBatches(samples, options)) {
    read.forEach((sample, index) => {
      let sum = 0;
      for (let i = index * 768; i < (index + 1) * 768; i += 3) sum += pixels[i]!;
      reds.set(sample, sum / 256);
    });
  }
  return { reds, skipped };
}

describe('the way of a folder into batches', () => {
  it('brings every readable image, with its own label, to exactly one side', async () => {
    const root = await temporaryFolder();
    const files: Record<string, string | Uint8Array> = {
      'dark/broken.jpg': 'no image',
      'light/empty.png': '',
    };
    for (let i = 0; i < 20; i++) {
      files[`dark/d${i}.png`] = await plainImage(`rgb(${i},0,0)`);
      files[`light/l${i}.png`] = await plainImage(`rgb(${200 + i},0,0)`);
    }
    await writeFiles(root, files);
    const { classes, train: all } = await scanFolder(root);
    const { train, validation } = splitSamples(all, { fraction: 0.25, seed: 1 });
    const sides = [await decodeAll(train), await decodeAll(validation)];
    const read = sides.flatMap(({ reds }) => [...reds]);
    expect(classes).toEqual(['dark', 'light']);
    expect(read.every(([{ label }, red]) => (label === 0 ? red < 100 : red >= 200))).toBe(true);
    expect(read.map(([, red]) => red).sort((a, b) => a - b)).toEqual(
      [0, 200].flatMap((base) => Array.from({ length: 20 }, (_, i) => base + i)),
    );
    expect(sides.flatMap(({ skipped }) => skipped).sort((a, b) => a.file.localeCompare(b.file))).toEqual([
      { file: join(root, 'dark/broken.jpg'), reason: 'not an image' },
      { file: join(root, 'light/empty.png'), reason: 'empty file' },
    ]);
  });

  it('names a class of which no image can be read', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, { 'a/1.png': await plainImage('#fff'), 'b/1.png': '', 'b/2.png': 'x' });
    const { classes, train } = await scanFolder(root);
    const { reds, skipped } = await decodeAll(train);
    const check = {
      where: 'image folder "x"',
      classes,
      labels: collectLabels([...reds.keys()]),
      unreadable: skipped,
    };
    expect(() => requireEveryClass(check)).toThrow(
      withMessage(
        'image folder "x": expected at least 1 readable image in every class, received none in "b". 2 files could not be used, the first "1.png" (empty file); put images into the folder, or remove it.',
      ),
    );
  });
});

describe('real photographs of ../shared', needs.file('../shared/data'), () => {
  it('reads cats-vs-dogs whole', async () => {
    const scan = await scanFolder(join(SHARED, 'cats-vs-dogs'));
    expect(scan.classes).toEqual(['cats', 'dogs']);
    expect([scan.train.length, scan.validation?.length, scan.warnings, scan.skipped]).toEqual([
      1000,
      500,
      [],
      [],
    ]);
    const { reds, skipped } = await decodeAll(scan.validation!);
    expect([reds.size, skipped]).toEqual([500, []]);
  });

  it('splits horses-or-humans by identity', async () => {
    const { train: all } = await scanFolder(join(SHARED, 'horses-or-humans/train'));
    const group = /^((horse|human)\d+)-/;
    const { train, validation, groups, unmatched } = splitSamples(all, { fraction: 0.2, seed: 1, group });
    const identity = ({ file }: Sample): string => /(horse|human)\d+/.exec(file.split('/').at(-1)!)![0];
    const trained = new Set(train.map(identity));
    expect(validation.filter((sample) => trained.has(identity(sample)))).toEqual([]);
    expect([unmatched, groups]).toEqual([0, new Set(all.map(identity)).size]);
    expect(validation.length / all.length).toBeGreaterThan(0.17);
    expect(validation.length / all.length).toBeLessThan(0.23);
  });
});
