/**
 * @file Reads the weights of a file that PyTorch's `torch.save` wrote: a zip archive with a pickle and a file for each
 * storage, or, as before PyTorch 1.6, pickles and storages one behind the other.
 */

import { FileBudget } from '../tensor/file-budget.ts';
import { LazyMap } from '../tensor/lazy-map.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { readPickle } from './pickle.ts';
import type { PickleValue } from './pickle-value.ts';
import { storageOf, torchNames } from './torch-names.ts';
import { neededStorages, noWeights, stateDictIn } from './torch-state-dict.ts';
import type { TorchStorage } from './torch-tensor.ts';
import { brokenFile, groupByLayer, type ShapedWeightFile } from './weight-file.ts';
import type { WeightFormat } from './weight-format.ts';
import type { WeightReaders, ZipContents } from './weight-readers.ts';

/** What a zip archive begins with. */
export const ZIP_MARK = 'PK\x03\x04';

/** Of zip archives; `model.pth.tar` is one, too. */
export const TORCH_ENDINGS: readonly string[] = ['.pt', '.pth', '.bin', '.ckpt', '.tar'];

export const torchFormat: WeightFormat = {
  id: 'torch',
  program: 'PyTorch',
  endings: ['.pth', '.pt'],
  titles: { torch: 'PyTorch, a state dict' },
  detects: ({ bytes, text, ending }) =>
    (text.startsWith(ZIP_MARK) && TORCH_ENDINGS.includes(ending)) || isPickle(bytes),
  read: async ({ bytes, where, readers }) => readTorchFile(await bytes(), where, readers),
};

/** A checkpoint has a file for each storage, also those of its optimizer. */
const MAX_ENTRIES = 50_000;

/** What the first pickle of the older form holds: a number that says it is PyTorch's, then its version. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_VERSION = 1001;

/**
 * Reads a state dict: tensors by name. Of a checkpoint with several objects in it, the one that has the weights. Tensors
 * of float64, float32, float16 and bfloat16 are decoded when asked for; integers, as counters are, are passed over.
 *
 * @param bytes - The whole file.
 * @throws {GraftError} `weights`, if it is damaged, holds no state dict, or names what is neither tensor nor container.
 */
export async function readTorchFile(
  bytes: Uint8Array,
  where: string,
  readers: WeightReaders,
): Promise<ShapedWeightFile> {
  const budget = new FileBudget(bytes.length, { where });
  const root = isPickle(bytes)
    ? readLegacy(bytes, where, budget)
    : await readArchive(bytes, where, readers, budget);
  const weights = stateDictIn(root, where);
  const tensors = new Map<string, () => Tensor<'float32'>>();
  const shapes = new Map<string, readonly number[]>();
  for (const [name, tensor] of weights) {
    const { shape } = tensor;
    shapes.set(name, shape);
    tensors.set(name, () => ({ dtype: 'float32', shape, data: tensor.read() }));
  }
  return {
    format: 'torch',
    where,
    tensors: new LazyMap(tensors),
    shapes,
    layers: groupByLayer(tensors.keys()),
  };
}

/** Whether a zip archive is one of PyTorch, by the names in it. */
export function isTorchArchive(names: Iterable<string>): boolean {
  return pickleIn(names) !== undefined;
}

/** Whether a file begins as a pickle: PyTorch's before it took zip archives. */
function isPickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5;
}

function pickleIn(names: Iterable<string>): string | undefined {
  return [...names].find((name) => /^([^/]*\/)?data\.pkl$/.test(name));
}

async function readArchive(
  bytes: Uint8Array,
  where: string,
  readers: WeightReaders,
  budget: FileBudget,
): Promise<PickleValue> {
  const zip = await openArchive(bytes, where, readers);
  const read = async (name: string): Promise<Uint8Array> => {
    budget.take(zip.sizes.get(name) ?? 0, `"${name}"`);
    try {
      return await zip.read(name);
    } catch (cause) {
      throw brokenFile(where, `a file "${name}" in the archive`, 'one that cannot be read', cause);
    }
  };
  const pickle = pickleIn(zip.sizes.keys());
  if (pickle === undefined)
    throw brokenFile(where, 'an archive of PyTorch', 'a zip archive without "data.pkl"');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = `${folder}byteorder`;
  if (zip.sizes.has(order) && new TextDecoder().decode(await read(order)).trim() !== 'little') {
    throw brokenFile(where, 'numbers whose lowest byte comes first', 'another order');
  }
  const storages = new Map<string, TorchStorage>();
  const { value } = readPickle(await read(pickle), 0, {
    where,
    budget,
    findName: torchNames({ where, budget }),
    findPersistent: (id) => storageOf(id, storages, where),
  });
  for (const storage of storages.values()) {
    const name = `${folder}data/${storage.key}`;
    const size = zip.sizes.get(name);
    if (size === undefined || size < storage.byteLength) {
      throw brokenFile(where, `${storage.byteLength} bytes of storage "${storage.key}"`, `${size ?? 'none'}`);
    }
  }
  for (const storage of neededStorages(value)) storage.bytes = await read(`${folder}data/${storage.key}`);
  return value;
}

async function openArchive(bytes: Uint8Array, where: string, readers: WeightReaders): Promise<ZipContents> {
  let zip: ZipContents | number;
  try {
    zip = await readers.openZip(bytes, MAX_ENTRIES);
  } catch (cause) {
    throw brokenFile(where, 'an archive of PyTorch', 'a zip archive that cannot be read', cause);
  }
  if (typeof zip === 'number')
    throw brokenFile(where, `at most ${MAX_ENTRIES} files in the archive`, `${zip}`);
  return zip;
}

/** Four pickles: the magic number, the version, the machine's facts, the object; then keys of storages, then these. */
function readLegacy(bytes: Uint8Array, where: string, budget: FileBudget): PickleValue {
  const storages = new Map<string, TorchStorage>();
  let place = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(bytes, place, {
      where,
      budget,
      findName: torchNames({ where, budget }),
      findPersistent: (id) => storageOf(id, storages, where),
    });
    place = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) throw noWeights(where, 'a pickle of another program');
  if (next() !== LEGACY_VERSION)
    throw brokenFile(where, `version ${LEGACY_VERSION} of PyTorch's format`, 'another');
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false) {
    throw brokenFile(where, 'numbers whose lowest byte comes first', 'another order');
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw brokenFile(where, 'a list of storages', 'something else');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys as PickleValue[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    const left = bytes.length - place - 8;
    const length = left >= 0 ? Number(view.getBigInt64(place, true)) : -1;
    if (storage === undefined || length !== storage.length || left < storage.byteLength) {
      throw brokenFile(where, 'the numbers of every storage', 'a file that ends before, or has others');
    }
    place += 8;
    storage.bytes = bytes.subarray(place, place + storage.byteLength);
    place += storage.byteLength;
  }
  const missing = [...storages.values()].find((storage) => storage.bytes === undefined);
  if (missing !== undefined) throw brokenFile(where, `the numbers of storage "${missing.key}"`, 'none');
  return value;
}
