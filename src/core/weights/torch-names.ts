/** @file What a pickle of PyTorch may name: tensors, storages and plain containers. */

import { GraftError } from '../errors/graft-error.ts';
import { MAX_AXES } from '../graph/shape-rule.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import { computeSize } from '../tensor/tensor.ts';
import { PICKLE_OBJECT_BYTES, type PickleName, type PickleValue } from './pickle-value.ts';
import { TORCH_STORAGES, TorchStorage, TorchTensor, type TorchType } from './torch-tensor.ts';
import { brokenFile } from './weight-file.ts';

/** Which torch.load(weights_only=True) takes, too, and which hold nothing but data. */
const DTYPES = new Set(
  'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool double float half long int short'.split(
    ' ',
  ),
);

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
  const rebuild: PickleName['call'] = (values) => rebuildTensor(values, where, budget);
  known.set('torch._utils._rebuild_tensor', rebuild);
  known.set('torch._utils._rebuild_tensor_v2', rebuild);
  for (const name of ['_rebuild_parameter', '_rebuild_parameter_with_state']) {
    known.set(`torch._utils.${name}`, ([tensor]) => tensor);
  }
  for (const name of ['OrderedDict', 'Counter'])
    known.set(`collections.${name}`, ([pairs]) => makeDict(pairs, budget));
  for (const module of ['builtins', '__builtin__']) known.set(`${module}.set`, ([values = []]) => values);
  known.set('torch.Size', ([sizes = []]) => sizes);
  known.set('torch.device', (place) => place);
  return (module, name) => {
    const full = `${module}.${name}`;
    if (module === 'torch' && Object.hasOwn(TORCH_STORAGES, name))
      return new StorageName(name, TORCH_STORAGES[name]!);
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
  const count = computeSize(shape);
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

/** Of another dict, of a list of pairs, or empty. A few bytes of a pickle may ask for copy after copy. */
function makeDict(pairs: PickleValue, budget: FileBudget): PickleValue {
  const list: readonly PickleValue[] = pairs instanceof Map || Array.isArray(pairs) ? [...pairs] : [];
  budget.take(PICKLE_OBJECT_BYTES * list.length, 'the dicts of its pickle');
  return new Map(list.flatMap((pair) => (Array.isArray(pair) ? [[pair[0], pair[1]] as const] : [])));
}

function isCount(value: PickleValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: PickleValue): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
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
