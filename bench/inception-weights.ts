/** @file One file of InceptionV3's weights that everyone can read: of TensorFlow.js' format, in plain float32. */

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNsfwjsInception } from '../tests/golden/models/nsfwjs-weights.ts';
import { benchCacheFolder } from './cache-folder.ts';

/**
 * The weights that the development dependency nsfwjs brings, trained on pixels in [0, 1]. inception_weights.py reads
 * them for Keras and PyTorch.
 *
 * @returns The path of `model.json`, beside which lies `weights.bin`.
 */
export async function inceptionWeights(): Promise<string> {
  const folder = join(benchCacheFolder(), 'inception_v3-nsfwjs');
  const path = join(folder, 'model.json');
  if (existsSync(path)) return path;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const { tensors } = await readNsfwjsInception();
  const named = [...tensors.keys()]
    .filter((name) => /^(conv2d|batch_normalization)_\d+\//.test(name))
    .map((name) => ({ name, ...tensors.get(name)! }));
  const weights = named.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const manifest = { weightsManifest: [{ paths: ['weights.bin'], weights }] };
  const bytes = named.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  writeFileSync(join(making, 'weights.bin'), Buffer.concat(bytes));
  writeFileSync(join(making, 'model.json'), JSON.stringify(manifest));
  renameSync(making, folder);
  return path;
}
