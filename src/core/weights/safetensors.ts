/**
 * @file Reads and writes safetensors: a header in JSON with every tensor's type, shape and place, then the numbers.
 * @see https://huggingface.co/docs/safetensors
 */

import * as z from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import { float16Table, toFloat16Bits } from '../tensor/float16.ts';
import { joinBytes } from '../tensor/join-bytes.ts';
import { LazyMap } from '../tensor/lazy-map.ts';
import { computeSize, type Tensor } from '../tensor/tensor.ts';
import { decodeBfloat16, decodeFloat16, decodeFloat32, decodeFloat64 } from './dequantize.ts';
import { brokenFile, groupByLayer, type ShapedWeightFile } from './weight-file.ts';
import type { WeightFormat } from './weight-format.ts';

export const safetensorsFormat: WeightFormat = {
  id: 'safetensors',
  program: 'safetensors',
  endings: ['.safetensors'],
  titles: { safetensors: 'safetensors' },
  detects: ({ bytes, fileBytes }) => isSafetensors(bytes, fileBytes),
  read: async ({ bytes, where }) => readSafetensors(await bytes(), where),
};

/** What the format's own reader allows. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** Numbers begin at a multiple of this. */
const ALIGNMENT = 8;

/** Types of numbers with their bytes. Only floating point is read; counters beside it are passed over. */
const TYPES: Readonly<Record<string, { bytes: number; decode?: (bytes: Uint8Array) => Float32Array }>> = {
  F64: { bytes: 8, decode: decodeFloat64 },
  F32: { bytes: 4, decode: decodeFloat32 },
  F16: { bytes: 2, decode: decodeFloat16 },
  BF16: { bytes: 2, decode: decodeBfloat16 },
  I64: { bytes: 8 },
  I32: { bytes: 4 },
  I16: { bytes: 2 },
  I8: { bytes: 1 },
  U64: { bytes: 8 },
  U32: { bytes: 4 },
  U16: { bytes: 2 },
  U8: { bytes: 1 },
  BOOL: { bytes: 1 },
};

const ENTRY = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const METADATA = z.record(z.string(), z.string());

/** Whether bytes begin as a safetensors file does: a length that fits, then a JSON object. */
function isSafetensors(head: Uint8Array, fileBytes: number): boolean {
  if (head.length <= LENGTH_BYTES) return false;
  const length = headerLength(head);
  return length >= 2 && length <= fileBytes - LENGTH_BYTES && head[LENGTH_BYTES] === '{'.charCodeAt(0);
}

/** A file that is read by ranges. */
export interface RangeSource {
  readonly fileBytes: number;
  /** The bytes from `start` to `end`, which lie within the file. */
  read(start: number, end: number): Uint8Array;
}

/**
 * Reads a safetensors file. Tensors of float64, float32, float16 and bfloat16 are decoded when asked for.
 *
 * @param bytes - The whole file.
 * @throws {GraftError} `weights`, if the file is damaged.
 */
export function readSafetensors(bytes: Uint8Array, where: string): ShapedWeightFile {
  const read = (start: number, end: number): Uint8Array => bytes.subarray(start, end);
  return readSafetensorsRanges({ fileBytes: bytes.length, read }, where);
}

/** As {@link readSafetensors}; of the file, the header is read at once, and a tensor's bytes when it is asked for. */
export function readSafetensorsRanges({ fileBytes, read }: RangeSource, where: string): ShapedWeightFile {
  const { length, parse } = readHeader(read(0, Math.min(LENGTH_BYTES, fileBytes)), fileBytes, where);
  const first = LENGTH_BYTES + length;
  const readers = new Map<string, () => Tensor<'float32'>>();
  const shapes = new Map<string, readonly number[]>();
  const { entries, metadata } = parse(read(LENGTH_BYTES, first));
  for (const { name, shape, start, end, decode } of entries) {
    shapes.set(name, shape);
    readers.set(name, () => ({ dtype: 'float32', shape, data: decode(read(first + start, first + end)) }));
  }
  return {
    format: 'safetensors',
    where,
    tensors: new LazyMap(readers),
    shapes,
    layers: groupByLayer(readers.keys()),
    metadata,
  };
}

/** Where a tensor lies, and how its bytes become numbers. */
interface SafetensorsEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** From behind the header. */
  readonly start: number;
  readonly end: number;
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

interface SafetensorsContent {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** In two steps: how long the header is, from the eighth byte on, and what lists its tensors of floating point. */
function readHeader(
  head: Uint8Array,
  fileBytes: number,
  where: string,
): { readonly length: number; readonly parse: (header: Uint8Array) => SafetensorsContent } {
  if (fileBytes <= LENGTH_BYTES) throw brokenFile(where, 'a safetensors file', `${fileBytes} bytes`);
  const length = headerLength(head);
  const max = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length > max) throw brokenFile(where, `a header of at most ${max} bytes`, `one of ${length}`);
  const numberBytes = fileBytes - LENGTH_BYTES - length;
  return { length, parse: (header) => entriesOf(header, numberBytes, where) };
}

function entriesOf(header: Uint8Array, numberBytes: number, where: string): SafetensorsContent {
  const entries: SafetensorsEntry[] = [];
  const places: Place[] = [];
  const parsedHeader = parseHeader(header, where);
  for (const [name, entry] of Object.entries(parsedHeader)) {
    if (name === '__metadata__') continue;
    const parsed = ENTRY.safeParse(entry);
    if (!parsed.success) throw brokenFile(where, `dtype, shape and data_offsets of "${name}"`, 'others');
    const { dtype, shape, data_offsets } = parsed.data;
    const [start, end] = data_offsets;
    const type = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
    const size = computeSize(shape) * (type?.bytes ?? 0);
    if (type !== undefined && (end - start !== size || end > numberBytes)) {
      const expected = `${size} bytes for "${name}" of shape [${shape.join(', ')}]`;
      const received = end > numberBytes ? `${Math.max(0, numberBytes - start)}` : `${end - start}`;
      throw brokenFile(where, expected, received);
    }
    if (end > start) places.push({ name, start, end });
    const decode = type?.decode;
    if (decode !== undefined) entries.push({ name, shape, start, end, decode });
  }
  requireApart(places, where);
  const metadata = METADATA.safeParse(parsedHeader['__metadata__']);
  return { entries, metadata: metadata.success ? metadata.data : undefined };
}

interface Place {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The format allows no number to belong to two tensors: a file would come to more than its size. */
function requireApart(places: Place[], where: string): void {
  places.sort((a, b) => a.start - b.start);
  places.forEach(({ name, start }, index) => {
    const before = places[index - 1];
    if (before === undefined || start >= before.end) return;
    throw brokenFile(where, 'every number in one tensor', `"${name}" over "${before.name}"`);
  });
}

/** How a tensor's numbers are stored. */
export type StoredType = 'float32' | 'float16' | 'bfloat16';

const STORED: Readonly<Record<StoredType, readonly [name: string, bytes: number]>> = {
  float32: ['F32', 4],
  float16: ['F16', 2],
  bfloat16: ['BF16', 2],
};

export interface SafetensorsOptions {
  /** How numbers are stored; `exact` is float16 for each tensor that loses nothing by it, else float32. Default float32. */
  readonly dtype?: StoredType | 'exact';
  /** Free text beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes tensors as the bytes of a safetensors file, in the order of the map.
 *
 * @throws {GraftError} `argument`, for the one name that the format keeps for itself.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor<'float32'>>,
  options: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const whole = [...tensors].map(([name, { shape, data }]): [string, PiecewiseTensor] => [
    name,
    { shape, pieces: () => [data] },
  ]);
  return joinBytes([...safetensorsParts(new Map(whole), options)]);
}

/** A tensor whose numbers come in pieces, in their order, each good until the next one is asked for. */
export interface PiecewiseTensor {
  readonly shape: readonly number[];
  pieces(): Iterable<Float32Array>;
}

/**
 * The same file in parts, one after another: the header, then the tensors' pieces. Numbers that are stored as they are,
 * are not copied, so a file may be larger than the memory that is free.
 *
 * @throws {GraftError} As {@link writeSafetensors}, before the first part.
 */
export function safetensorsParts(
  tensors: ReadonlyMap<string, PiecewiseTensor>,
  { dtype = 'float32', metadata }: SafetensorsOptions = {},
): Iterable<Uint8Array> {
  const header: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]];
  let end = 0;
  const types: StoredType[] = [];
  for (const [name, { shape, pieces }] of tensors) {
    if (name === '__metadata__') {
      throw new GraftError('argument', {
        where: 'safetensors',
        expected: 'names of tensors',
        received: '"__metadata__", which the format keeps for itself',
        advice: 'Give the tensor another name.',
      });
    }
    const stored = dtype === 'exact' ? (isExactInHalf(pieces()) ? 'float16' : 'float32') : dtype;
    const [type, bytesEach] = STORED[stored];
    types.push(stored);
    const start = end;
    end += computeSize(shape) * bytesEach;
    header.push([name, { dtype: type, shape, data_offsets: [start, end] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(LENGTH_BYTES + padded).fill(' '.charCodeAt(0));
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(text, LENGTH_BYTES);
  return {
    *[Symbol.iterator]() {
      yield head;
      for (const [index, { pieces }] of [...tensors.values()].entries()) {
        for (const piece of pieces()) yield encoded(piece, types[index]!);
      }
    },
  };
}

/** The format is little-endian, as all machines are that Node is built for but one. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function isExactInHalf(pieces: Iterable<Float32Array>): boolean {
  const table = float16Table();
  for (const piece of pieces) {
    const bits = toFloat16Bits(piece);
    if (!piece.every((number, index) => Object.is(table[bits[index]!], number))) return false;
  }
  return true;
}

function encoded(data: Float32Array, dtype: StoredType): Uint8Array {
  if (dtype === 'float32' && IS_LITTLE_ENDIAN) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  const halves = dtype === 'float16' ? toFloat16Bits(data) : undefined;
  const bytesEach = dtype === 'float32' ? 4 : 2;
  const bytes = new Uint8Array(data.length * bytesEach);
  const view = new DataView(bytes.buffer);
  data.forEach((number, index) => {
    const place = index * bytesEach;
    if (dtype === 'float32') view.setFloat32(place, number, true);
    else view.setUint16(place, halves?.[index] ?? bfloat16Bits(number), true);
  });
  return bytes;
}

function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset, head.byteLength).getBigUint64(0, true));
}

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw brokenFile(where, 'a header in JSON', 'something else', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw brokenFile(where, 'a header that lists tensors', 'something else');
  }
  return header as Record<string, unknown>;
}

/** The upper half of a float32, rounded to the nearest, ties to even. */
function bfloat16Bits(number: number): number {
  const [bits] = new Uint32Array(Float32Array.of(number).buffer);
  if (Number.isNaN(number)) return 0x7fc0;
  return ((bits! + 0x7fff + ((bits! >>> 16) & 1)) >>> 16) & 0xffff;
}
