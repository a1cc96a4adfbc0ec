/** @file Tensors and storages of PyTorch, and how a storage's bytes become numbers. */

import { computeSize } from '../tensor/tensor.ts';
import { decodeBfloat16, decodeFloat16, decodeFloat32, decodeFloat64 } from './dequantize.ts';

/** A type of numbers. Those without a decoder, integers as counters are, are passed over. */
export interface TorchType {
  readonly bytes: number;
  readonly decode?: (bytes: Uint8Array) => Float32Array;
}

/** By the names of storages; `FloatStorage` is `float32` as a dtype. */
export const TORCH_STORAGES: Readonly<Record<string, TorchType>> = {
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
    const length = computeSize(this.shape) * type.bytes;
    if (isRowMajor(this.shape, this.strides)) return type.decode(bytes.subarray(start, start + length));
    return type.decode(gather(bytes, start, type.bytes, this.shape, this.strides));
  }
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
  const count = computeSize(shape);
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
