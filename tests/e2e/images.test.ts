/** @file Images that are more, less or other than their names say, through the built command line. */

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngOfSize } from '../support/image-folder.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
let model: string;
beforeAll(async () => {
  work = await drawWorkplace();
  await trained(work.cwd, 'two', '--out', 'run');
  model = join('run', 'model.onnx');
}, 60_000);
afterAll(() => work.remove());

const run = (...args: string[]) => graft(args, { cwd: work.cwd });
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="0.jpg"/></svg>';

describe('train', () => {
  it('reads images by their bytes, and says what it leaves out', async () => {
    const folder = join(work.cwd, 'bytes');
    for (const motif of ['bars', 'discs'] as const) await drawImages(folder, motif, 8, 4);
    const bars = join(folder, 'bars');
    const [first, second] = readdirSync(bars);
    await rename(join(bars, first!), join(bars, 'without-ending'));
    await rename(join(bars, second!), join(bars, 'photo.jfif'));
    await writeFile(join(bars, 'drawing.jpg'), SVG);
    await writeFile(join(bars, 'phone.heic'), '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
    await writeFile(join(bars, 'notes.txt'), 'notes');
    await writeFile(
      join(bars, 'bomb.png'),
      pngOfSize(9000, 9000, { depth: 16, colorType: 6, isInterlaced: true }),
    );
    const { status, stdout, stderr } = await run('train', 'bytes', ...QUICK, '--out', 'bytes-run', '--json');
    expect(status).toBe(0);
    const { train, validation, skipped } = trainDocument.parse(JSON.parse(stdout));
    expect(train.examples + validation.examples).toBe(16);
    expect(
      Object.fromEntries(skipped.map(({ file, reason }) => [file.slice(bars.length + 1), reason])),
    ).toEqual({
      'phone.heic': 'a HEIC file',
      'drawing.jpg': 'an SVG file',
      'bomb.png':
        '9000 x 9000 pixels, stored in passes, which take 726 MB to decode, above the limit of 512 MB',
    });
    expect(stderr).toContain('note 1 file that is not an image is left out: "notes.txt".\n');
    expect(stderr).toContain(
      'note 1 HEIC file cannot be read here. Convert it: heif-convert photo.heic photo.jpg (libheif), or on a Mac sips -s format jpeg photo.heic --out photo.jpg.\n',
    );
  });

  it.each(['train', 'lr-find', 'sweep'])('%s refuses a --size that is none, in words', async (command) => {
    for (const size of ['1000000', '1e9']) {
      const { status, stdout, stderr } = await run(command, 'two', '--size', size);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr.split('\n')[0]).toBe(
        `error: option '--size <px>' argument '${size}' is invalid. Expected a whole number from 1 to 16,384.`,
      );
    }
  });

  it.each(['train', 'lr-find', 'sweep'])(
    '%s refuses images that the machine cannot hold, before any is decoded',
    async (command) => {
      const { status, stdout, stderr } = await run(command, 'two', '--size', '16384');
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
        /^error image size: expected images that take at most [\d.]+ [GT]B \(80% of this machine's memory\), received 16384 x 16384 pixels, which take about 4\d\d\.\d GB\. Give a smaller --size: mobilenet_v2_openimages was trained with 224\.$/,
      );
    },
  );
});

describe('predict', () => {
  it('ends at a pipe that nobody writes into', needs.signals, async () => {
    execFileSync('mkfifo', [join(work.cwd, 'pipe')]);
    const { status, stdout } = await run('predict', model, 'pipe', '--json');
    expect([status, JSON.parse(stdout)]).toEqual([1, [{ file: 'pipe', error: 'a pipe, not a file' }]]);
  });

  it('counts what is no image in a folder', async () => {
    await mkdir(join(work.cwd, 'mixed'));
    await drawImages(work.cwd, 'bars', 1, 4);
    await rename(join(work.cwd, 'bars'), join(work.cwd, 'mixed', 'bars'));
    for (const name of ['a.txt', 'b.txt', 'c.csv']) await writeFile(join(work.cwd, 'mixed', name), 'x');
    await writeFile(join(work.cwd, 'mixed', 'drawing'), SVG);
    const { stdout, stderr } = await run('predict', model, 'mixed', '--json');
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(stderr).toBe(
      'note 3 files that are not images are left out: 2 .txt, 1 .csv; the first is "a.txt".\n',
    );
  });
});
