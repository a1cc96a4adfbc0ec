/** @file Temporary folders of small generated images, for tests of what reads images from disk. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** Makes an empty folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Writes files below `folder`, making their folders.
 *
 * @param files - Relative path -> content; `''` makes an empty file. Names alone get themselves, so that no two are the same.
 */
export async function writeFiles(
  folder: string,
  files: readonly string[] | Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const entries = Array.isArray(files)
    ? files.map((name: string) => [name, name] as const)
    : Object.entries(files);
  for (const [name, content] of entries) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** A PNG of one color. */
export function plainImage(color: string, width = 8, height = 8): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: color } })
    .png()
    .toBuffer();
}

/** A PNG that promises any size in its header. @param form - Default: RGB of 8 bits, line by line. */
export function pngOfSize(
  width: number,
  height: number,
  form: { readonly depth: number; readonly colorType: number; readonly isInterlaced: boolean } = {
    depth: 8,
    colorType: 2,
    isInterlaced: false,
  },
): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(8);
    out.writeUInt32BE(data.length, 0);
    out.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([out.subarray(0, 4), body, out.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([form.depth, form.colorType, 0, 0, form.isInterlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
