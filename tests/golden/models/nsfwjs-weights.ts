/** @file InceptionV3's weights inside the development dependency nsfwjs (MIT): quantized, by Keras' old names. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readTfjsLayers } from '../../../src/core/weights/tfjs-layers.ts';
import type { WeightFile } from '../../../src/core/weights/weight-file.ts';

const require = createRequire(import.meta.url);

/** The package exports only its entry: its models lie beside it. */
export async function readNsfwjsInception(): Promise<WeightFile> {
  const folder = join(dirname(require.resolve('nsfwjs')), '../models/inception_v3');
  return readTfjsLayers(
    require(join(folder, 'model.min.js')),
    (shard) => Buffer.from(require(join(folder, `${shard}.min.js`)) as string, 'base64'),
    'weights "nsfwjs"',
  );
}
