/**
 * @file Reads the weights of a `.keras` file of Keras 3: a zip archive with `config.json` and `model.weights.h5`. The
 * configuration also gives the names of layers where the weights have none, as early versions wrote them.
 */

import { GraftError } from '../errors/graft-error.ts';
import { FileBudget, OBJECT_BYTES_PER_LETTER } from '../tensor/file-budget.ts';
import { hdf5WeightFile } from './keras-hdf5-format.ts';
import { kerasGroupName, parseModelConfig } from './model-config.ts';
import { isTorchArchive, readTorchFile, TORCH_ENDINGS, ZIP_MARK } from './torch-file.ts';
import { brokenFile, type WeightFile } from './weight-file.ts';
import type { WeightFormat } from './weight-format.ts';
import type { WeightReaders } from './weight-readers.ts';

const WEIGHTS = 'model.weights.h5';
const CONFIG = 'config.json';

/** Keras' archive. One of PyTorch is a zip archive, too, and told by its name or by what is in it. */
export const kerasArchiveFormat: WeightFormat = {
  id: 'keras',
  program: 'Keras',
  endings: ['.keras'],
  titles: { 'keras-archive': 'Keras 3, .keras archive' },
  detects: ({ text, ending }) => text.startsWith(ZIP_MARK) && !TORCH_ENDINGS.includes(ending),
  read: async ({ bytes, where, readers }) => readKerasArchive(await bytes(), where, readers),
};

/** An archive of Keras has three files, and assets of text layers at most; one of PyTorch has a file for each tensor. */
const MAX_ENTRIES = 20_000;

/**
 * Reads all weights at once; of an archive of PyTorch, whatever its name, as `readTorchFile` does.
 *
 * @param bytes - The whole archive.
 * @throws {GraftError} `weights`, if the archive is damaged or of neither.
 */
export async function readKerasArchive(
  bytes: Uint8Array,
  where: string,
  readers: WeightReaders,
): Promise<WeightFile> {
  let parts: { readonly weights: Uint8Array; readonly config: unknown } | 'torch';
  try {
    parts = await unpack(bytes, where, readers);
  } catch (cause) {
    if (cause instanceof GraftError) throw cause;
    throw brokenFile(where, 'a .keras archive', 'a zip archive that cannot be read', cause);
  }
  if (parts === 'torch') return readTorchFile(bytes, where, readers);
  const { weights, config } = parts;
  const layers = await readers.readHdf5(
    { bytes: async () => weights },
    { where, names: namesOfPaths(config), fileBytes: bytes.length, handOver: true },
  );
  const file = hdf5WeightFile(layers, where);
  return { ...file, format: 'keras-archive', config: parseModelConfig(config) ?? file.config };
}

async function unpack(
  bytes: Uint8Array,
  where: string,
  { openZip }: WeightReaders,
): Promise<{ readonly weights: Uint8Array; readonly config: unknown } | 'torch'> {
  const zip = await openZip(bytes, MAX_ENTRIES);
  if (typeof zip === 'number') {
    throw brokenFile(where, `at most ${MAX_ENTRIES} files in the archive`, `${zip}`);
  }
  if (isTorchArchive(zip.sizes.keys())) return 'torch';
  const budget = new FileBudget(bytes.length, { where });
  const read = async (name: string, takes: number): Promise<Uint8Array> => {
    const size = zip.sizes.get(name);
    if (size === undefined) throw brokenFile(where, `a file "${name}" in the archive`, 'none');
    budget.take(size * takes, `"${name}"`);
    return zip.read(name);
  };
  const weights = await read(WEIGHTS, 1);
  const text = new TextDecoder().decode(await read(CONFIG, OBJECT_BYTES_PER_LETTER));
  return { weights, config: JSON.parse(text) };
}

/** Layers' names by the paths under which Keras saves them: `layers/functional/layers/conv2d_1`. */
function namesOfPaths(config: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const visit = (model: unknown, path: string, depth: number): void => {
    const layers = property(property(model, 'config'), 'layers');
    if (!Array.isArray(layers) || depth > 16) return;
    const used = new Map<string, number>();
    for (const layer of layers) {
      const className = property(layer, 'class_name');
      const name = property(property(layer, 'config'), 'name');
      if (typeof className !== 'string' || typeof name !== 'string') continue;
      const stem = kerasGroupName(className);
      const count = used.get(stem) ?? 0;
      used.set(stem, count + 1);
      const place = `${path}layers/${count === 0 ? stem : `${stem}_${count}`}`;
      names.set(place, name);
      visit(layer, `${place}/`, depth + 1);
    }
  };
  visit(config, '', 0);
  return names;
}

function property(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
}
