/**
 * @file Reads the weights of a file that PyTorch's `torch.save` wrote: a zip archive with a pickle and a file for each
 * storage, or, as before PyTorch 1.6, pickles and storages one behind the other.
 */

import { GraftError } from '../errors/graft-error.ts';
import { quoteList } from '../errors/name-list.ts';
import { FileBudget } from '../tensor/file-budget.ts';
import { LazyMap } from '../tensor/lazy-map.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type PickleValue, readPickle } from './pickle.ts';
import { storageOf, type TorchStorage, TorchTensor, torchNames } from './torch-tensors.ts';
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

/** Names that programs give the weights in a checkpoint, what is averaged first: as timm has it. */
const WRAPPERS: readonly string[] = [
  'state_dict_ema',
  'model_ema',
  'state_dict',
  'model_state_dict',
  'model',
  'model_state',
  'net',
  'weights',
  'params_ema',
  'params',
];

/** What wrappers of PyTorch put before every name. */
const PREFIXES = /^(?:module\.|_orig_mod\.)+/;

type StateDict = readonly (readonly [name: string, tensor: TorchTensor])[];

function stateDictIn(root: PickleValue, where: string): StateDict {
  if (!(root instanceof Map))
    throw noWeights(where, root instanceof TorchTensor ? 'a tensor' : 'another object');
  const found = chosenDict(root, where);
  const weights = tensorsIn(found).filter(([, tensor]) => tensor.isFloating);
  if (weights.length === 0) throw noWeights(where, 'a dict without tensors');
  return weights.map(([name, tensor]) => [name.replace(PREFIXES, ''), tensor] as const);
}

function chosenDict(
  root: ReadonlyMap<PickleValue, PickleValue>,
  where: string,
): ReadonlyMap<PickleValue, PickleValue> {
  const inner = [...root].flatMap(([name, value]) =>
    typeof name === 'string' && value instanceof Map && tensorsIn(value).length > 0
      ? [[name, value] as const]
      : [],
  );
  const byName = new Map(inner);
  for (const name of WRAPPERS) if (byName.has(name)) return byName.get(name)!;
  if (tensorsIn(root).length > 0 || inner.length === 0) return root;
  if (inner.length === 1) return inner[0]![1];
  throw noWeights(where, `several, ${quoteList(inner.map(([name]) => name))}`);
}

function tensorsIn(dict: ReadonlyMap<PickleValue, PickleValue>): StateDict {
  return [...dict].flatMap(([name, value]) =>
    typeof name === 'string' && value instanceof TorchTensor ? [[name, value] as const] : [],
  );
}

/** Of what is looked for, the storages: an optimizer's numbers need not be unpacked. */
function neededStorages(root: PickleValue): ReadonlySet<TorchStorage> {
  const dicts = root instanceof Map ? [root, ...root.values()].filter((value) => value instanceof Map) : [];
  return new Set(
    dicts.flatMap((dict) =>
      tensorsIn(dict).flatMap(([, tensor]) => (tensor.isFloating ? [tensor.storage] : [])),
    ),
  );
}

function noWeights(where: string, received: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'one state dict, tensors by name',
    received,
    advice: 'Save the weights alone: torch.save(model.state_dict(), "weights.pth").',
  });
}
