/** @file What a model file says of itself, read without its weights: they are passed over, and its checksum is not compared. */

import { type FileHandle, open } from 'node:fs/promises';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  type AnyModelInfo,
  decodeModelInfo,
  METADATA_KEY,
  modelFileError,
} from '../../artifacts/model-info.ts';

/** Of the ONNX model: its list of metadata, each a key (1) and a value (2). */
const METADATA_FIELD = 14;
/** A tag and a length, at most. */
const HEAD_BYTES = 20;
/** What a model says of itself is some kilobytes; other entries are passed over. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/** A model file as lists tell of it. */
export interface ListedModel {
  readonly info: AnyModelInfo;
  readonly bytes: number;
  readonly modified: Date;
}

/**
 * Reads what a model file says of itself.
 *
 * @throws {GraftError} `model-file`, if it is not Graft's, from a newer version, or damaged where it was read. And the file system's own.
 */
export async function readModelInfo(path: string): Promise<ListedModel> {
  const file = await open(path, 'r');
  try {
    const { size: bytes, mtime: modified } = await file.stat();
    const said = await findEntry(file, path, bytes);
    const metadata = said === undefined ? {} : { [METADATA_KEY]: said };
    return { info: decodeModelInfo(path, metadata), bytes, modified };
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, path: string, size: number): Promise<string | undefined> {
  let position = 0;
  while (position < size) {
    const head = await readAt(file, position, Math.min(HEAD_BYTES, size - position));
    const { field, start, length } = parseHead(head, path);
    const begin = position + start;
    if (length > size - begin) throw damaged(path);
    if (field === METADATA_FIELD && length <= MAX_ENTRY_BYTES) {
      const [key, value] = parseEntry(await readAt(file, begin, length), path);
      if (key === METADATA_KEY) return value;
    }
    position = begin + length;
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}

/** A field's number, and where its bytes lie behind its head. */
function parseHead(
  head: Uint8Array,
  path: string,
): { readonly field: number; readonly start: number; readonly length: number } {
  try {
    const reader = new BinaryReader(head);
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) {
      const length = reader.uint32();
      return { field, start: reader.pos, length };
    }
    reader.skip(type, field);
    return { field, start: reader.pos, length: 0 };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function parseEntry(bytes: Uint8Array, path: string): [key: string, value: string] {
  try {
    const reader = new BinaryReader(bytes);
    let [key, value] = ['', ''];
    while (reader.pos < bytes.length) {
      const [field, type] = reader.tag();
      if (field === 1) key = reader.string();
      else if (field === 2) value = reader.string();
      else reader.skip(type, field);
    }
    return [key, value];
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause?: unknown): Error {
  return modelFileError(
    path,
    'an ONNX model',
    'bytes that cannot be read',
    'Give the model.onnx of a run folder; if it was copied, copy it again.',
    cause,
  );
}
