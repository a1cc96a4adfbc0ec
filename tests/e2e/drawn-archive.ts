/** @file A project of drawn images as a zip archive, which a studio opens. */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import sharp from 'sharp';
import { drawImages } from './drawn-images.ts';

/** 12 images of bars and 12 of discs, as PNG files of one size: every decoder reads them alike. @returns The archive's path, in `folder`. */
export async function drawArchive(folder: string, sizePx: number): Promise<string> {
  const files: Zippable = {};
  await mkdir(join(folder, 'drawn'));
  for (const motif of ['bars', 'discs'] as const) {
    await drawImages(join(folder, 'drawn'), motif, 12);
    for (const name of await readdir(join(folder, 'drawn', motif))) {
      const drawn = sharp(join(folder, 'drawn', motif, name)).resize(sizePx);
      files[`${motif}/${name.replace('.jpg', '.png')}`] = await drawn.png().toBuffer();
    }
  }
  const path = join(folder, 'project.zip');
  await writeFile(path, zipSync(files));
  return path;
}
