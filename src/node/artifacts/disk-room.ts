/** @file Whether a model, and the checkpoints of its training, will fit on a disk. */

import { statfs } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';

/** A protocol buffer's limit. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** What a run writes besides its model: some pages of text. */
const BYTES_BESIDE_MODEL = 1_000_000;

/**
 * Refuses a disk on which the model will not fit, before the long work rather than after it.
 *
 * @param parameters - Numbers that the model file will hold, float32.
 * @param checkpointBytes - What the checkpoints will take besides. Default 0.
 * @throws {GraftError} `file-write`, with the sum.
 */
export async function requireRoom(folder: string, parameters: number, checkpointBytes = 0): Promise<void> {
  const model = parameters * Float32Array.BYTES_PER_ELEMENT + BYTES_BESIDE_MODEL;
  if (model > MAX_MODEL_BYTES) {
    throw new GraftError('file-write', {
      where: 'model file',
      expected: `at most ${sizeText(MAX_MODEL_BYTES)}, which is what an .onnx file can hold`,
      received: `${parameters.toLocaleString('en')} parameters x 4 bytes = ${sizeText(model)}`,
      advice: 'Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
    });
  }
  const what = `the model${checkpointBytes > 0 ? ' and its checkpoints' : ''}`;
  await requireFree(folder, model + checkpointBytes, what);
}

/**
 * Refuses a disk that has not so many bytes left.
 *
 * @param what - For the message: what they are for.
 * @throws {GraftError} `file-write`.
 */
export async function requireFree(folder: string, bytes: number, what: string): Promise<void> {
  // Some file systems do not tell; then it shows when the file is written.
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (bytes <= free) return;
  throw new GraftError('file-write', {
    where: `run folder "${folder}"`,
    expected: `${sizeText(bytes)} of free disk for ${what}`,
    received: `${sizeText(free)}`,
    advice: 'Make room, or choose another place with --out.',
  });
}
