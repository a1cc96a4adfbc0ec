/**
 * @file Writes tables of a FlatBuffer by the places of their fields, as {@link FlatBufferTable} reads them.
 * @see https://flatbuffers.dev/internals/
 */

import { Builder } from 'flatbuffers';

/** Where something stands that was written: a table, a vector, a string. */
export type Offset = number & { readonly isOffset?: true };

/** What a field has, by its place: undefined where the table leaves it out. */
export interface FieldValue {
  readonly type: 'int8' | 'uint8' | 'bool' | 'int32' | 'float32' | 'offset';
  readonly value: number;
}

/** Data begins at a multiple of this, so that readers may use it where it lies. */
const DATA_ALIGNMENT_BYTES = 16;

/** Children before their parents: a table takes offsets of what was written before. */
export class FlatBufferWriter {
  readonly #builder: Builder;

  /** @param sizeBytes - About what the file comes to. */
  constructor(sizeBytes: number) {
    this.#builder = new Builder(Math.max(sizeBytes, 1024));
  }

  /** A table of fields by their places. Fields that are undefined are left out. */
  table(fields: Readonly<Record<number, FieldValue | undefined>>): Offset {
    const builder = this.#builder;
    const places = Object.keys(fields).map(Number);
    builder.startObject(Math.max(0, ...places) + 1);
    for (const place of places) {
      const field = fields[place];
      if (field === undefined) continue;
      const { type, value } = field;
      // Without a default, a value is written whatever it is.
      if (type === 'int32') builder.addFieldInt32(place, value, null);
      else if (type === 'float32') builder.addFieldFloat32(place, value, null);
      else if (type === 'offset') builder.addFieldOffset(place, value, 0);
      else builder.addFieldInt8(place, value, null);
    }
    return builder.endObject();
  }

  string(text: string): Offset {
    return this.#builder.createString(text);
  }

  /** A vector of bytes. */
  bytes(bytes: Uint8Array): Offset {
    this.#builder.prep(DATA_ALIGNMENT_BYTES, bytes.length);
    return this.#builder.createByteVector(bytes);
  }

  offsets(offsets: readonly Offset[]): Offset {
    this.#builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) this.#builder.addOffset(offset);
    return this.#builder.endVector();
  }

  int32s(values: readonly number[]): Offset {
    this.#builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.#builder.addInt32(value);
    return this.#builder.endVector();
  }

  int64s(values: readonly number[]): Offset {
    this.#builder.startVector(8, values.length, 8);
    for (const value of values.toReversed()) this.#builder.addInt64(BigInt(value));
    return this.#builder.endVector();
  }

  float32s(values: readonly number[]): Offset {
    this.#builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.#builder.addFloat32(value);
    return this.#builder.endVector();
  }

  /** The whole file. @param identifier - Four letters. */
  finish(root: Offset, identifier: string): Uint8Array {
    this.#builder.finish(root, identifier);
    return this.#builder.asUint8Array();
  }
}
