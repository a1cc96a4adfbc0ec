/** @file Does memory grow with the number of images? `graft train` on few and on many. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../src/core/tensor/random.ts';
import { showMegabytes, table } from './figures.ts';
import { runGraft, trainReportOf } from './graft-command.ts';
import type { Report } from './rounds.ts';

export interface MemoryRow {
  readonly network: string;
  readonly images: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly peakAnonymousBytes: number;
}

const SIZE_PX = 32;
const DRAWN = 200;
const CLASSES = ['dark', 'light'] as const;

/** What nobody chose anything for, and a network so small that the images' own bookkeeping shows beside it. */
const NETWORKS: readonly { readonly title: string; readonly args: readonly string[] }[] = [
  { title: 'the defaults', args: [] },
  {
    title: 'block_5_add at 32 px',
    args: ['--cut', 'block_5_add', '--size', `${SIZE_PX}`, '--head', 'flatten'],
  },
];

export async function compareMemory(options: {
  readonly counts: readonly number[];
  readonly report: Report;
}): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  const drawn = await drawImages();
  for (const count of options.counts) {
    const folder = mkdtempSync(join(tmpdir(), 'graft-bench-memory-'));
    try {
      options.report(`memory with ${count} images: writing them`);
      const images = join(folder, 'images');
      writeImages(images, drawn, count);
      for (const { title, args } of NETWORKS) {
        options.report(`memory with ${count} images: ${title}`);
        const out = join(folder, 'run');
        const measured = await runGraft(
          [
            'train',
            images,
            '--json',
            '--out',
            out,
            '--overwrite',
            ...args,
            '--epochs',
            '2',
            '--patience',
            '0',
          ],
          join(folder, 'home'),
        );
        const { train, validation } = trainReportOf(measured);
        const { seconds, peakBytes, peakAnonymousBytes } = measured;
        const all = train.examples + validation.examples;
        rows.push({ network: title, images: all, seconds, peakBytes, peakAnonymousBytes });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

export function showMemory(rows: readonly MemoryRow[]): string {
  const firstOf = (network: string): MemoryRow => rows.find((row) => row.network === network)!;
  const times = (bytes: number, ofFirst: number): string => `${(bytes / ofFirst).toFixed(2)} x`;
  return table(
    ['network', 'images', 'seconds', 'peak MiB', 'x the first', 'anonymous MiB', 'x the first'],
    rows.map(({ network, images, seconds, peakBytes, peakAnonymousBytes }) => [
      network,
      `${images}`,
      seconds.toFixed(1),
      showMegabytes(peakBytes),
      times(peakBytes, firstOf(network).peakBytes),
      showMegabytes(peakAnonymousBytes),
      times(peakAnonymousBytes, firstOf(network).peakAnonymousBytes),
    ]),
    2,
  );
}

/** Noise around a gray of its class. */
async function drawImages(): Promise<readonly Buffer[]> {
  const random = createRandom(1);
  const raw = { width: SIZE_PX, height: SIZE_PX, channels: 3 } as const;
  return Promise.all(
    Array.from({ length: DRAWN }, (_, number) => {
      const gray = number % 2 === 0 ? 80 : 170;
      const pixels = Uint8Array.from({ length: SIZE_PX * SIZE_PX * 3 }, () => gray + random.integer(81) - 40);
      return sharp(pixels, { raw }).jpeg().toBuffer();
    }),
  );
}

/** Every file has another end, which decoders ignore, so that none is known by another one's hash. */
function writeImages(folder: string, drawn: readonly Buffer[], count: number): void {
  for (const name of CLASSES) mkdirSync(join(folder, name), { recursive: true });
  for (let number = 0; number < count; number++) {
    const bytes = Buffer.concat([drawn[number % DRAWN]!, Buffer.from(`${number}`)]);
    writeFileSync(join(folder, CLASSES[number % 2]!, `${number}.jpg`), bytes);
  }
}
