/**
 * @file Reads tables of a FlatBuffer that may be damaged or hostile: every offset and length is checked.
 * @see https://flatbuffers.dev/internals/
 */

import { ByteBuffer } from 'flatbuffers';
import type { FileBudget } from '../tensor/file-budget.ts';
import { brokenFile } from './weight-file.ts';

/** Most elements that a vector of tables or integers may have; real models stay far below. */
const MAX_ELEMENTS = 65_536;
const LONGEST_NAME_BYTES = 65_536;

/** What a list takes as an object, and an element of it: a number, a letter; a table is more, but never listed often. */
const LIST_BYTES = 64;
const ELEMENT_BYTES = 16;

/** A table; fields are counted from 0 in the order of the schema. Absent fields give the default. */
export class FlatBufferTable {
  readonly #buffer: ByteBuffer;
  readonly #position: number;
  readonly #budget: FileBudget;

  private constructor(buffer: ByteBuffer, position: number, budget: FileBudget) {
    this.#buffer = buffer;
    this.#position = position;
    this.#budget = budget;
    this.#need(position, 4);
    const vtable = this.#vtable();
    this.#need(vtable, 4);
    this.#need(vtable, buffer.readUint16(vtable));
  }

  /**
   * The root table of a file with the given four-letter identifier.
   *
   * @param budget - Of the file. Lists take from it what they come to: in a file, many may be one.
   */
  static root(bytes: Uint8Array, identifier: string, budget: FileBudget): FlatBufferTable {
    const { where } = budget;
    const buffer = new ByteBuffer(bytes);
    if (bytes.length < 8 || !buffer.__has_identifier(identifier)) {
      throw brokenFile(where, `a file with the mark "${identifier}" at byte 4`, 'a file without it');
    }
    return new FlatBufferTable(buffer, buffer.readUint32(0), budget);
  }

  int8(field: number, absent = 0): number {
    const at = this.#field(field, 1);
    return at === 0 ? absent : this.#buffer.readInt8(at);
  }

  uint8(field: number, absent = 0): number {
    const at = this.#field(field, 1);
    return at === 0 ? absent : this.#buffer.readUint8(at);
  }

  int32(field: number, absent = 0): number {
    const at = this.#field(field, 4);
    return at === 0 ? absent : this.#buffer.readInt32(at);
  }

  uint32(field: number, absent = 0): number {
    const at = this.#field(field, 4);
    return at === 0 ? absent : this.#buffer.readUint32(at);
  }

  has(field: number): boolean {
    return this.#field(field, 1) !== 0;
  }

  string(field: number): string {
    const { start, length } = this.#vector(field, 1, LONGEST_NAME_BYTES);
    return new TextDecoder().decode(this.#buffer.bytes().subarray(start, start + length));
  }

  /** A vector of bytes; nothing is copied. */
  bytes(field: number): Uint8Array {
    const { start, length } = this.#vector(field, 1, Number.POSITIVE_INFINITY);
    return this.#buffer.bytes().subarray(start, start + length);
  }

  int32s(field: number): number[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#buffer.readInt32(start + 4 * i));
  }

  /** 64-bit integers as numbers. */
  int64s(field: number): number[] {
    const { start, length } = this.#vector(field, 8);
    return Array.from({ length }, (_, i) => Number(this.#buffer.readInt64(start + 8 * i)));
  }

  float32s(field: number): number[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#buffer.readFloat32(start + 4 * i));
  }

  table(field: number): FlatBufferTable | undefined {
    const at = this.#field(field, 4);
    return at === 0 ? undefined : this.#tableAt(at);
  }

  tables(field: number): FlatBufferTable[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#tableAt(start + 4 * i));
  }

  #tableAt(at: number): FlatBufferTable {
    return new FlatBufferTable(this.#buffer, at + this.#buffer.readUint32(at), this.#budget);
  }

  #vtable(): number {
    return this.#position - this.#buffer.readInt32(this.#position);
  }

  /** Where a field's bytes stand, or 0 if the table leaves the field out. */
  #field(field: number, bytes: number): number {
    const vtable = this.#vtable();
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#buffer.readUint16(vtable)) return 0;
    const offset = this.#buffer.readUint16(vtable + entry);
    if (offset === 0) return 0;
    this.#need(this.#position + offset, bytes);
    return this.#position + offset;
  }

  #vector(field: number, elementBytes: number, max = MAX_ELEMENTS): { start: number; length: number } {
    const at = this.#field(field, 4);
    if (at === 0) return { start: 0, length: 0 };
    const vector = at + this.#buffer.readUint32(at);
    this.#need(vector, 4);
    const length = this.#buffer.readUint32(vector);
    if (length > max) {
      throw brokenFile(this.#budget.where, `lists of at most ${max} elements`, `one of ${length}`);
    }
    this.#need(vector + 4, length * elementBytes);
    if (Number.isFinite(max)) this.#budget.take(LIST_BYTES + length * ELEMENT_BYTES, 'its lists');
    return { start: vector + 4, length };
  }

  #need(start: number, bytes: number): void {
    const capacity = this.#buffer.capacity();
    if (start < 0 || start + bytes > capacity) {
      throw brokenFile(
        this.#budget.where,
        'offsets inside the file',
        `bytes ${start} to ${start + bytes} of ${capacity}`,
      );
    }
  }
}
