/** @file Does memory grow with the number of pictures? `graft train` on few and on many. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../src/tensor/random.ts';
import { showMegabytes, table } from './figures.ts';
import { runGraft, trainReportOf } from './graft-command.ts';
import type { Report } from './rounds.ts';

export interface MemoryRow {
  readonly pictures: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly peakAnonymousBytes: number;
}

const SIZE_PX = 32;
const DRAWN = 200;
const CLASSES = ['dark', 'light'] as const;

/** At 32 px a picture's features at this cut are 1 KiB: 100,000 of them are more than are kept in memory. */
const NETWORK = ['--cut', 'block_5_add', '--size', `${SIZE_PX}`, '--head', 'flatten'];

export async function compareMemory(options: {
  readonly counts: readonly number[];
  readonly report: Report;
}): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  const drawn = await drawPictures();
  for (const count of options.counts) {
    const folder = mkdtempSync(join(tmpdir(), 'graft-bench-memory-'));
    try {
      options.report(`memory with ${count} pictures: writing them`);
      const pictures = join(folder, 'pictures');
      writePictures(pictures, drawn, count);
      options.report(`memory with ${count} pictures: training`);
      const out = join(folder, 'run');
      const args = [
        'train',
        pictures,
        '--json',
        '--out',
        out,
        ...NETWORK,
        '--epochs',
        '2',
        '--patience',
        '0',
      ];
      const measured = await runGraft(args, join(folder, 'home'));
      const { train, validation } = trainReportOf(measured);
      const { seconds, peakBytes, peakAnonymousBytes } = measured;
      rows.push({ pictures: train.images + validation.images, seconds, peakBytes, peakAnonymousBytes });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

export function showMemory(rows: readonly MemoryRow[]): string {
  const [first] = rows;
  const times = (bytes: number, ofFirst: number): string => `${(bytes / ofFirst).toFixed(2)} x`;
  return table(
    ['pictures', 'seconds', 'peak MiB', 'x the first', 'anonymous MiB', 'x the first'],
    rows.map(({ pictures, seconds, peakBytes, peakAnonymousBytes }) => [
      `${pictures}`,
      seconds.toFixed(1),
      showMegabytes(peakBytes),
      times(peakBytes, first!.peakBytes),
      showMegabytes(peakAnonymousBytes),
      times(peakAnonymousBytes, first!.peakAnonymousBytes),
    ]),
    1,
  );
}

/** Noise around a grey of its class. */
async function drawPictures(): Promise<readonly Buffer[]> {
  const random = createRandom(1);
  const raw = { width: SIZE_PX, height: SIZE_PX, channels: 3 } as const;
  return Promise.all(
    Array.from({ length: DRAWN }, (_, number) => {
      const grey = number % 2 === 0 ? 80 : 170;
      const pixels = Uint8Array.from({ length: SIZE_PX * SIZE_PX * 3 }, () => grey + random.integer(81) - 40);
      return sharp(pixels, { raw }).jpeg().toBuffer();
    }),
  );
}

/** Every file has another end, which decoders ignore, so that none is known by another one's hash. */
function writePictures(folder: string, drawn: readonly Buffer[], count: number): void {
  for (const name of CLASSES) mkdirSync(join(folder, name), { recursive: true });
  for (let number = 0; number < count; number++) {
    const bytes = Buffer.concat([drawn[number % DRAWN]!, Buffer.from(`${number}`)]);
    writeFileSync(join(folder, CLASSES[number % 2]!, `${number}.jpg`), bytes);
  }
}
