/** @file How much memory do images take that were made to take much? `graft train` with ten of them among a thousand. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, createDeflate } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { createRandom } from '../src/core/tensor/random.ts';
import { showMegabytes, table } from './figures.ts';
import { runGraft, trainReportOf } from './graft-command.ts';
import type { Report } from './rounds.ts';

export interface LargeImagesRow {
  readonly images: number;
  readonly refused: number;
  readonly seconds: number;
  readonly peakBytes: number;
  /** What was said before the work, of all memory. */
  readonly forecastBytes: number;
}

const ORDINARY = 990;
const SIZE_PX = 64;

/** The first of each kind is above Graft's limits, and was decoded before there were any; the others are just below. */
const LARGE: readonly { readonly name: string; readonly write: (file: string) => Promise<unknown> }[] = [
  { name: 'png-1.png', write: (file) => writeInterlacedPng(file, 16_000) },
  { name: 'png-2.png', write: (file) => writeInterlacedPng(file, 16_000) },
  { name: 'png-3.png', write: (file) => writeInterlacedPng(file, 7500) },
  { name: 'png-4.png', write: (file) => writeInterlacedPng(file, 7500) },
  { name: 'jpeg-1.jpg', write: (file) => plain(16_383).jpeg({ progressive: true }).toFile(file) },
  { name: 'jpeg-2.jpg', write: (file) => plain(12_600).jpeg({ progressive: true }).toFile(file) },
  { name: 'jpeg-3.jpg', write: (file) => plain(12_600).jpeg({ progressive: true }).toFile(file) },
  { name: 'webp.webp', write: (file) => plain(10_600).webp({ effort: 0 }).toFile(file) },
  { name: 'avif.avif', write: (file) => plain(5000).avif({ effort: 0 }).toFile(file) },
  { name: 'gif.gif', write: async (file) => writeFileSync(file, gifOfFrames(1_000_000)) },
];

export async function measureLargeImages(report: Report): Promise<LargeImagesRow> {
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-large-'));
  try {
    const images = join(folder, 'images');
    await writeImages(images, report);
    report('large images: training');
    const home = join(folder, 'home');
    const planned = await runGraft(['train', images, '--dry-run', '--json'], home);
    const measured = await runGraft(
      ['train', images, '--json', '--out', join(folder, 'run'), '--epochs', '5'],
      home,
    );
    const { train, validation } = trainReportOf(measured);
    const { memoryBytes } = JSON.parse(planned.output) as {
      readonly memoryBytes: { readonly total: number };
    };
    const read = train.examples + validation.examples;
    return {
      images: ORDINARY + LARGE.length,
      refused: ORDINARY + LARGE.length - read,
      seconds: measured.seconds,
      peakBytes: Math.max(planned.peakBytes, measured.peakBytes),
      forecastBytes: memoryBytes.total,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function showLargeImages({
  images,
  refused,
  seconds,
  peakBytes,
  forecastBytes,
}: LargeImagesRow): string {
  return table(
    ['images', 'large', 'of them refused', 'seconds', 'peak MiB', 'forecast MiB'],
    [
      [
        `${images}`,
        `${LARGE.length}`,
        `${refused}`,
        seconds.toFixed(1),
        showMegabytes(peakBytes),
        showMegabytes(forecastBytes),
      ],
    ],
    0,
  );
}

async function writeImages(folder: string, report: Report): Promise<void> {
  const random = createRandom(1);
  for (const name of ['dark', 'light']) mkdirSync(join(folder, name), { recursive: true });
  for (let number = 0; number < ORDINARY; number++) {
    const gray = number % 2 === 0 ? 80 : 170;
    const pixels = Uint8Array.from({ length: SIZE_PX * SIZE_PX * 3 }, () => gray + random.integer(81) - 40);
    const raw = { width: SIZE_PX, height: SIZE_PX, channels: 3 } as const;
    await sharp(pixels, { raw })
      .jpeg()
      .toFile(join(folder, number % 2 === 0 ? 'dark' : 'light', `${number}.jpg`));
  }
  for (const [index, { name, write }] of LARGE.entries()) {
    const file = join(folder, index % 2 === 0 ? 'dark' : 'light', name);
    await write(file);
    report(`large images: wrote ${name}, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  }
}

function plain(size: number): Sharp {
  const create = { width: size, height: size, channels: 3, background: '#c81e3c' } as const;
  return sharp({ create, limitInputPixels: false });
}

/** RGBA of 16 bits, in Adam7's seven passes, all of it 0: a file of 2 MB that a decoder needs 2 GB for. */
async function writeInterlacedPng(file: string, size: number): Promise<void> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([16, 6, 0, 0, 1], 8);
  writeFileSync(
    file,
    Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', await deflatedZeros(adam7Bytes(size))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** Start and step of the columns and rows of each pass. */
const ADAM7 = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

function adam7Bytes(size: number): number {
  return ADAM7.reduce((sum, [left, stepX, top, stepY]) => {
    const [width, height] = [Math.ceil((size - left) / stepX), Math.ceil((size - top) / stepY)];
    return sum + height * (1 + width * 8);
  }, 0);
}

async function deflatedZeros(bytes: number): Promise<Buffer> {
  const deflate = createDeflate({ level: 9 });
  const parts: Buffer[] = [];
  deflate.on('data', (part: Buffer) => parts.push(part));
  const block = Buffer.alloc(1 << 20);
  for (let left = bytes; left > 0; left -= block.length) {
    const isFull = !deflate.write(left < block.length ? block.subarray(0, left) : block);
    if (isFull) await once(deflate, 'drain');
  }
  deflate.end();
  await once(deflate, 'end');
  return Buffer.concat(parts);
}

/** Of 2 x 2 pixels each: every frame is listed before the first is shown. */
function gifOfFrames(count: number): Buffer {
  const header = Buffer.from('474946383961020002008000000000' + '00ffffff', 'hex');
  const frame = Buffer.from('21f904000a000000' + '2c000000000100010000' + '0202440100', 'hex');
  return Buffer.concat([header, Buffer.alloc(frame.length * count, frame), Buffer.from('3b', 'hex')]);
}
