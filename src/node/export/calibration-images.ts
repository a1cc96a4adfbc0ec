/** @file Images that tell between which numbers a model's activations lie. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ImageSize } from '../../vision/images/image-reader.ts';
import { decodeImage } from '../images/image-decoder.ts';
import { listImages } from '../images/image-list.ts';
import type { ExportModelOptions } from './export-report.ts';

/** More hardly move the ranges. */
export const MAX_CALIBRATION_IMAGES = 200;

/**
 * Pixels of images below a folder, at most {@link MAX_CALIBRATION_IMAGES}, from all of it. Those that cannot be read are left out.
 *
 * @param size - What the model takes.
 * @param onCalibrated - Hears when the model has run on one, or it cannot be read.
 * @throws {GraftError} `dataset`, if none can be read.
 */
export async function* calibrationImages(
  folder: string,
  size: ImageSize,
  onCalibrated: ExportModelOptions['onCalibrated'] = () => {},
): AsyncGenerator<Uint8Array> {
  const listed = await listImages([folder]);
  const files = listed.filter(({ error }) => error === undefined);
  const count = Math.min(files.length, MAX_CALIBRATION_IMAGES);
  let read = 0;
  for (let index = 0; index < count; index++) {
    const { file } = files[Math.floor((index * files.length) / count)]!;
    const pixels = await decodeImage(file, size).catch((error: unknown) => {
      if (error instanceof GraftError && error.code === 'image') return undefined;
      throw error;
    });
    if (pixels !== undefined) {
      read++;
      yield pixels;
    }
    // Whoever asks for the next one has run the model on this one.
    onCalibrated(index + 1, count);
  }
  if (read > 0) return;
  throw new GraftError('dataset', {
    where: `--quantize "${folder}"`,
    expected: 'a folder of images such as the model will see',
    received: files.length === 0 ? (listed[0]?.error ?? 'none') : `${files.length} that cannot be read`,
    advice: 'Give the folder of the training images.',
  });
}
