/** @file Temporary folders of small generated pictures, for tests of what reads pictures from disk. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
 * @param files - Relative path -> content; `''` makes an empty file. Names alone get the word `x`.
 */
export async function writeFiles(
  folder: string,
  files: readonly string[] | Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const entries = Array.isArray(files)
    ? files.map((name: string) => [name, 'x'] as const)
    : Object.entries(files);
  for (const [name, content] of entries) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** A PNG of one colour. */
export function plainPicture(colour: string, width = 8, height = 8): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}
