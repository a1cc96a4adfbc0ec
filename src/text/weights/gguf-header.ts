/**
 * @file The beginning of a GGUF file: metadata, and where each tensor lies. What it claims is checked against the file's
 * length before anything is allocated.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

import { FileBudget } from '../../core/tensor/file-budget.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import type { ByteSource } from './byte-source.ts';

/** A value of the metadata; integers of 64 bits are numbers, as all that are used fit. */
export type GgufValue = number | boolean | string | readonly string[] | Float64Array;

export interface GgufTensor {
  readonly name: string;
  /** Row-major: the other way round as in the file. */
  readonly shape: readonly number[];
  /** The number of its kind. */
  readonly type: number;
  /** From the beginning of the file. */
  readonly start: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

const MAGIC = 'GGUF';
const MAX_AXES = 4;
const FIRST_BYTES = 2 ** 20;
/** What a text of one letter takes beside it. */
const STRING_BYTES = 32;
/** Of one entry of the metadata, and of one tensor's, at least. */
const MIN_ENTRY_BYTES = 13;
const MIN_TENSOR_BYTES = 24;

/** Whether a file begins as GGUF. */
export function isGguf(head: Uint8Array): boolean {
  return head.length >= 4 && String.fromCharCode(...head.subarray(0, 4)) === MAGIC;
}

/**
 * Reads the beginning of the file.
 *
 * @throws {GraftError} `weights`, if it is damaged or of another version.
 */
export async function readGgufHeader(source: ByteSource): Promise<GgufHeader> {
  for (let length = FIRST_BYTES; ; length *= 4) {
    const bytes = await source.read(0, length);
    const isAll = bytes.length >= source.byteLength;
    try {
      return parseHeader(new Cursor(bytes, source));
    } catch (error) {
      if (!(error instanceof BeyondPart)) throw error;
      if (isAll) throw brokenFile(source.where, 'a whole header', `${source.byteLength} bytes of one`);
    }
  }
}

/** The header goes on behind the bytes that were read. */
class BeyondPart extends Error {}

class Cursor {
  readonly where: string;
  readonly fileBytes: number;
  readonly budget: FileBudget;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  place = 0;

  constructor(bytes: Uint8Array, { where, byteLength }: ByteSource) {
    this.where = where;
    this.fileBytes = byteLength;
    this.budget = new FileBudget(byteLength, { where });
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves on. @returns Where the bytes begin. */
  #skip(bytes: number): number {
    if (bytes > this.fileBytes - this.place) {
      throw brokenFile(this.where, `${bytes} more bytes`, `${this.fileBytes - this.place}`);
    }
    if (bytes > this.#bytes.length - this.place) throw new BeyondPart();
    const { place } = this;
    this.place += bytes;
    return place;
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** Beyond 2^53 it is rounded, and does not fit anywhere. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** How many things follow, of which each takes at least so many bytes. */
  count(what: string, minBytes: number): number {
    const count = this.uint64();
    if (count * minBytes <= this.fileBytes - this.place) return count;
    throw brokenFile(this.where, `${what} that fit into the file`, `a count of ${count}`);
  }

  string(): string {
    const length = this.uint64();
    const start = this.#skip(length);
    this.budget.take(STRING_BYTES + 2 * length, 'the texts of its metadata');
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, start + length));
    } catch (cause) {
      throw brokenFile(this.where, 'texts in UTF-8', 'other bytes', cause);
    }
  }

  /** A number or boolean of one of the types. */
  number(type: number): number {
    const place = this.#skip(NUMBER_BYTES[type]!);
    const view = this.#view;
    switch (type) {
      case 0:
      case 7:
        return view.getUint8(place);
      case 1:
        return view.getInt8(place);
      case 2:
        return view.getUint16(place, true);
      case 3:
        return view.getInt16(place, true);
      case 4:
        return view.getUint32(place, true);
      case 5:
        return view.getInt32(place, true);
      case 6:
        return view.getFloat32(place, true);
      case 10:
        return Number(view.getBigUint64(place, true));
      case 11:
        return Number(view.getBigInt64(place, true));
      default:
        return view.getFloat64(place, true);
    }
  }
}

/** Bytes of the types that are numbers. */
const NUMBER_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

function parseHeader(cursor: Cursor): GgufHeader {
  const { where } = cursor;
  if (cursor.uint32() !== 0x46554747) throw brokenFile(where, 'a GGUF file', 'other bytes');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    throw brokenFile(where, 'GGUF of version 2 or 3, little-endian', `version ${version}`);
  }
  const tensorCount = cursor.count('tensors', MIN_TENSOR_BYTES);
  const entryCount = cursor.count('entries', MIN_ENTRY_BYTES);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = cursor.string();
    if (metadata.has(key)) throw brokenFile(where, 'each key of the metadata once', `"${key}" twice`);
    metadata.set(key, readValue(cursor, cursor.uint32()));
  }
  const given = metadata.get('general.alignment') ?? 32;
  const alignment = typeof given === 'number' ? given : 0;
  if (!Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20) {
    throw brokenFile(where, 'an alignment of bytes', String(given));
  }
  const tensors: GgufTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.string();
    if (names.has(name)) throw brokenFile(where, 'tensors of different names', `"${name}" twice`);
    names.add(name);
    const axes = cursor.uint32();
    if (axes > MAX_AXES) throw brokenFile(where, `at most ${MAX_AXES} axes of "${name}"`, `${axes}`);
    const shape = Array.from({ length: axes }, () => cursor.uint64()).reverse();
    const type = cursor.uint32();
    cursor.budget.take(256, `tensor "${name}"`);
    tensors.push({ name, shape, type, start: cursor.uint64() });
  }
  const base = Math.ceil(cursor.place / alignment) * alignment;
  return { metadata, tensors: tensors.map((each) => ({ ...each, start: base + each.start })) };
}

function readValue(cursor: Cursor, type: number): GgufValue {
  if (type === STRING) return cursor.string();
  if (type === BOOL) return cursor.number(type) !== 0;
  if (Object.hasOwn(NUMBER_BYTES, type)) return cursor.number(type);
  if (type !== ARRAY) throw brokenFile(cursor.where, 'a known type of metadata', `type ${type}`);
  const of = cursor.uint32();
  if (of === STRING) {
    const count = cursor.count('texts', 8);
    return Array.from({ length: count }, () => cursor.string());
  }
  const bytes = Object.hasOwn(NUMBER_BYTES, of) ? NUMBER_BYTES[of] : undefined;
  if (bytes === undefined) throw brokenFile(cursor.where, 'a list of texts or numbers', `one of type ${of}`);
  const count = cursor.count('numbers', bytes);
  cursor.budget.take(8 * count, 'the lists of its metadata');
  return Float64Array.from({ length: count }, () => cursor.number(of));
}
