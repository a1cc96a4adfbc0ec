/**
 * @file Finds the object detector inside the npm package @mediapipe/objectron (Apache-2.0): a MobileNetV2 trained
 * on Open Images, in float16, which makes a backbone that needs no network.
 */

import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readTflite, type TfliteFile } from '../../core/weights/tflite.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';

const PACKAGE = '@mediapipe/objectron';
const PACK = 'objectron_solution_packed_assets.data';
const LOADER = 'objectron_solution_packed_assets_loader.js';
const DETECTOR = 'object_detection_ssd_mobilenetv2_oidv4_fp16.tflite';
const WHERE = `weights "${PACKAGE}"`;

/** What the loader script says about the pack: Emscripten's list of files. */
const PACK_FILES = z.array(
  z.object({ filename: z.string(), start: z.int().nonnegative(), end: z.int().nonnegative() }),
);

/** The package's folder, or undefined if it is not installed. */
export function findObjectron(): string | undefined {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
    return existsSync(join(folder, PACK)) && existsSync(join(folder, LOADER)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the detector's weights.
 *
 * @throws {GraftError} `file-not-found`, if the package is not installed; `weights`, if it is damaged.
 */
export async function readObjectronDetector(
  folder: string | undefined = findObjectron(),
): Promise<TfliteFile> {
  if (folder === undefined) {
    throw new GraftError('file-not-found', {
      where: WHERE,
      expected: `the npm package ${PACKAGE}`,
      received: 'none',
      advice: `Install it: npm install ${PACKAGE}.`,
    });
  }
  const { start, end } = await findInPack(join(folder, LOADER));
  const pack = await open(join(folder, PACK));
  try {
    const { size } = await pack.stat();
    if (end > size || start >= end) {
      throw brokenFile(WHERE, `the detector within ${size} bytes of ${PACK}`, `bytes ${start} to ${end}`);
    }
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await pack.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw brokenFile(WHERE, `${bytes.length} bytes to read`, `${bytesRead}`);
    return readTflite(bytes, WHERE);
  } finally {
    await pack.close();
  }
}

/** The list of files is JSON inside the loader script, which is read and not run. */
async function findInPack(loader: string): Promise<{ start: number; end: number }> {
  const list = /"files":\s*(\[[^\]]*\])/.exec(await readFile(loader, 'utf8'))?.[1];
  let files: z.infer<typeof PACK_FILES> = [];
  try {
    files = PACK_FILES.parse(JSON.parse(list ?? '[]'));
  } catch (cause) {
    throw brokenFile(WHERE, `a list of files in ${LOADER}`, 'something else', cause);
  }
  const found = files.find((file) => file.filename.endsWith(`/${DETECTOR}`));
  if (found === undefined) throw brokenFile(WHERE, `"${DETECTOR}" in the pack`, 'a pack without it');
  return found;
}
