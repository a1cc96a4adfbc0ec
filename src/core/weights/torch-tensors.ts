/** @file Tensors and storages in a pickle of PyTorch: what it may name, and how a storage's bytes become numbers. */

import { GraftError } from '../errors/graft-error.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import { decodeBfloat16, decodeFloat16, decodeFloat32, decodeFloat64 } from './dequantize.ts';
import type { PickleName, PickleValue } from './pickle.ts';
import { brokenFile } from './weight-file.ts';

/** A type of numbers. Those without a decoder, integers as counters are, are passed over. */
interface TorchType {
  readonly bytes: number;
  readonly decode?: (bytes: Uint8Array) => Float32Array;
}

/** By the names of storages; `FloatStorage` is `float32` as a dtype. */
const STORAGES: Readonly<Record<string, TorchType>> = {
  DoubleStorage: { bytes: 8, decode: decodeFloat64 },
  FloatStorage: { bytes: 4, decode: decodeFloat32 },
  HalfStorage: { bytes: 2, decode: decodeFloat16 },
  BFloat16Storage: { bytes: 2, decode: decodeBfloat16 },
  LongStorage: { bytes: 8 },
  IntStorage: { bytes: 4 },
  ShortStorage: { bytes: 2 },
  CharStorage: { bytes: 1 },
  ByteStorage: { bytes: 1 },
  BoolStorage: { bytes: 1 },
};

/** Which torch.load(weights_only=True) takes, too, and which hold nothing but data. */
const DTYPES = new Set(
  'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool double float half long int short'.split(
    ' ',
  ),
);

/** Numbers in a row, which tensors are views of. */
export class TorchStorage {
  readonly key: string;
  readonly type: TorchType;
  /** How many numbers. */
  readonly length: number;
  /** Its bytes, once they are known. */
  bytes: Uint8Array | undefined;

  constructor(key: string, type: TorchType, length: number) {
    this.key = key;
    this.type = type;
    this.length = length;
  }

  get byteLength(): number {
    return this.length * this.type.bytes;
  }
}

/** A view of a storage: where it begins, its sizes, and how many numbers lie from one index to the next on each axis. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Whether it holds numbers with a point, as weights do. */
  get isFloating(): boolean {
    return this.storage.type.decode !== undefined;
  }

  /** Its numbers, row-major. @throws {Error} If the storage has no bytes, or no such numbers. */
  read(): Float32Array {
    const { bytes, type } = this.storage;
    if (bytes === undefined || type.decode === undefined)
      throw new Error(`storage "${this.storage.key}" is not read`);
    const start = this.offset * type.bytes;
    const length = this.shape.reduce((product, size) => product * size, 1) * type.bytes;
    if (isRowMajor(this.shape, this.strides)) return type.decode(bytes.subarray(start, start + length));
    return type.decode(gather(bytes, start, type.bytes, this.shape, this.strides));
  }
}

export interface TorchNamesOptions {
  readonly where: string;
  readonly budget: FileBudget;
}

/**
 * What a pickle of weights may name: tensors, storages, and containers. Whatever else it names, it would run.
 *
 * @returns For `PickleOptions.findName`; it throws {GraftError} `weights`, which gives the name.
 */
export function torchNames({
  where,
  budget,
}: TorchNamesOptions): (module: string, name: string) => PickleName {
  const known = new Map<string, PickleName['call']>();
  const rebuild = (...values: readonly PickleValue[]): PickleValue => rebuildTensor(values, where, budget);
  known.set('torch._utils._rebuild_tensor', rebuild);
  known.set('torch._utils._rebuild_tensor_v2', rebuild);
  for (const name of ['_rebuild_parameter', '_rebuild_parameter_with_state']) {
    known.set(`torch._utils.${name}`, (tensor) => tensor);
  }
  for (const name of ['OrderedDict', 'Counter']) known.set(`collections.${name}`, makeDict);
  for (const module of ['builtins', '__builtin__']) known.set(`${module}.set`, (values = []) => values);
  known.set('torch.Size', (sizes = []) => sizes);
  known.set('torch.device', (...place) => place);
  return (module, name) => {
    const full = `${module}.${name}`;
    if (module === 'torch' && Object.hasOwn(STORAGES, name)) return new StorageName(name, STORAGES[name]!);
    if (module === 'torch' && DTYPES.has(name)) return { name: full, call: () => null };
    const call = known.get(full);
    if (call !== undefined) return { name: full, call };
    throw unknownName(full, where);
  };
}

class StorageName implements PickleName {
  readonly name: string;
  readonly type: TorchType;

  constructor(name: string, type: TorchType) {
    this.name = `torch.${name}`;
    this.type = type;
  }

  call(): PickleValue {
    return null;
  }
}

/** The storage of a persistent id, `('storage', type, key, device, length)`; the same object for the same key. */
export function storageOf(id: PickleValue, storages: Map<string, TorchStorage>, where: string): TorchStorage {
  const [kind, name, key, , length, view = null] = Array.isArray(id) ? (id as PickleValue[]) : [];
  const isStorage =
    kind === 'storage' && name instanceof StorageName && typeof key === 'string' && isCount(length);
  if (!isStorage) throw brokenFile(where, 'storages of known types and sizes', 'another one');
  // Files of before PyTorch 0.4 may have storages that are parts of others.
  if (view !== null)
    throw brokenFile(where, 'storages of their own', `storage "${key}" as a part of another`);
  const known = storages.get(key);
  if (known !== undefined) {
    if (known.type !== name.type || known.length !== length) {
      throw brokenFile(where, `one type and size of storage "${key}"`, 'two');
    }
    return known;
  }
  const storage = new TorchStorage(key, name.type, length);
  storages.set(key, storage);
  return storage;
}

function rebuildTensor(values: readonly PickleValue[], where: string, budget: FileBudget): TorchTensor {
  const [storage, offset, shape, strides] = values;
  const isTensor = storage instanceof TorchStorage && isCount(offset) && isSizes(shape) && isSizes(strides);
  if (!isTensor || shape.length !== strides.length) {
    throw brokenFile(where, 'tensors with a storage, sizes and strides', 'another one');
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const end =
    count === 0 ? 0 : shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, offset) + 1;
  if (!(end <= storage.length)) {
    throw brokenFile(
      where,
      `a tensor [${shape.join(', ')}] within the ${storage.length} numbers of storage "${storage.key}"`,
      `one that ends at ${end}`,
    );
  }
  // With a stride of 0, a single number may stand for any count of them.
  budget.take(4 * count, `a tensor [${shape.join(', ')}]`);
  return new TorchTensor(storage, offset, shape, strides);
}

function makeDict(pairs: PickleValue = []): PickleValue {
  if (pairs instanceof Map) return new Map(pairs);
  const list = Array.isArray(pairs) ? (pairs as PickleValue[]) : [];
  return new Map(list.flatMap((pair) => (Array.isArray(pair) ? [[pair[0], pair[1]] as const] : [])));
}

function isCount(value: PickleValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: PickleValue): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}

/** Whether the numbers lie in the order of the indices; axes of length 1 have no say in it. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis]!;
  }
  return true;
}

/** The bytes of a tensor's numbers in the order of its indices. */
function gather(
  bytes: Uint8Array,
  start: number,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const gathered = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  let from = start;
  for (let to = 0; to < gathered.length; to += width) {
    for (let byte = 0; byte < width; byte++) gathered[to + byte] = bytes[from + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += width * strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= width * strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}

const SAVE_WEIGHTS = 'Save the weights alone: torch.save(model.state_dict(), "weights.pth").';

/** A name that is one has letters, and ends. */
const NOT_OF_NAMES = /[^\w.<>]/gu;
const MAX_NAME_LENGTH = 100;

function unknownName(full: string, where: string): GraftError {
  const name = full.replaceAll(NOT_OF_NAMES, '?').slice(0, MAX_NAME_LENGTH);
  return new GraftError('weights', {
    where,
    expected: 'a pickle of tensors and plain containers',
    received: `one that names "${name}", which Python would run`,
    advice: name.startsWith('__torch__.')
      ? 'TorchScript is a program: export it as ONNX, torch.onnx.export(model, example, "model.onnx"), and give that file.'
      : `Nothing was run. ${SAVE_WEIGHTS}`,
  });
}
