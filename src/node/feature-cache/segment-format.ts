/**
 * @file The bytes of a segment's index.
 *
 * A segment is two files that only ever grow: `ID.bin` holds values, row after row, without anything between;
 * `ID.idx` says whose they are. The index is a header and one record a row, in the order of the rows:
 *
 * | header: 64 bytes, little-endian                | record: 40 bytes                                   |
 * | ---------------------------------------------- | -------------------------------------------------- |
 * | 0 `GRAFTFC\0`; 8 format; 12 bytes of an entry  | 0 key, 32 bytes                                    |
 * | 16 key of the space, 32 bytes; 48 nonce        | 32 CRC-32 of the row's values                      |
 * | 52 zeros; 60 CRC-32 of what stands before      | 36 CRC-32 of what stands before, from nonce + row  |
 *
 * Where entries differ in length (features of texts), the format is 2, bytes of an entry are 0, and a record says where its
 * values lie: 52 bytes, with 36 offset, 8 bytes; 44 length, 4 bytes; and 48 the CRC-32 of what stands before.
 *
 * A record that fails its own checksum, for what it says or for where it stands, is no record. One of zeros was dropped.
 */

import { crc32 } from './checksum.ts';

/** The format that this version writes. It reads no other. */
export const CACHE_FORMAT = 1;
/** Of segments whose entries differ in length: versions that do not know it leave them alone. */
const RAGGED_FORMAT = 2;
export const HEADER_BYTES = 64;
export const KEY_BYTES = 32;
const FIXED_RECORD_BYTES = 40;
const RAGGED_RECORD_BYTES = 52;

const MAGIC = Buffer.from('GRAFTFC\0', 'latin1');
const CHECKSUM_AT = 32;
const OFFSET_AT = 36;
const LENGTH_AT = 44;

/** Where the values of an entry lie in their file. */
export interface EntryPlace {
  readonly offset: number;
  readonly length: number;
}

export interface SegmentHeader {
  /** Undefined where entries differ in length. */
  readonly bytesPerEntry: number | undefined;
  /** 64 hexadecimal digits. */
  readonly spaceKey: string;
  /** Tells this segment's records from another's. */
  readonly nonce: number;
}

export function encodeHeader({ bytesPerEntry, spaceKey, nonce }: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(bytesPerEntry === undefined ? RAGGED_FORMAT : CACHE_FORMAT, 8);
  bytes.writeUInt32LE(bytesPerEntry ?? 0, 12);
  bytes.write(spaceKey, 16, 'hex');
  bytes.writeUInt32LE(nonce, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** Undefined: these bytes are no header, or a damaged one. `newer`: one that this version cannot read. */
export function decodeHeader(index: Buffer): SegmentHeader | 'newer' | undefined {
  if (index.length < HEADER_BYTES || MAGIC.compare(index, 0, MAGIC.length) !== 0) return undefined;
  if (crc32(index.subarray(0, 60)) !== index.readUInt32LE(60)) return undefined;
  const format = index.readUInt32LE(8);
  if (format !== CACHE_FORMAT && format !== RAGGED_FORMAT) return 'newer';
  return {
    bytesPerEntry: format === RAGGED_FORMAT ? undefined : index.readUInt32LE(12),
    spaceKey: index.toString('hex', 16, 16 + KEY_BYTES),
    nonce: index.readUInt32LE(48),
  };
}

/** Bytes of a record. */
export function countRecordBytes({ bytesPerEntry }: Pick<SegmentHeader, 'bytesPerEntry'>): number {
  return bytesPerEntry === undefined ? RAGGED_RECORD_BYTES : FIXED_RECORD_BYTES;
}

/** Writes the record of a row into `records`, where record `at` lies there. */
export function encodeRecord(
  records: Buffer,
  at: number,
  record: {
    readonly key: Uint8Array;
    readonly checksum: number;
    readonly nonce: number;
    readonly row: number;
    /** Only where entries differ in length. */
    readonly place: EntryPlace | undefined;
  },
): void {
  const { place } = record;
  const size = place === undefined ? FIXED_RECORD_BYTES : RAGGED_RECORD_BYTES;
  const bytes = records.subarray(at * size, (at + 1) * size);
  bytes.set(record.key);
  bytes.writeUInt32LE(record.checksum, CHECKSUM_AT);
  if (place !== undefined) {
    bytes.writeBigUInt64LE(BigInt(place.offset), OFFSET_AT);
    bytes.writeUInt32LE(place.length, LENGTH_AT);
  }
  bytes.writeUInt32LE(recordChecksum(bytes, record), size - 4);
}

/** How many whole records an index of so many bytes has. A part of one at the end is still being written. */
export function recordsIn(indexBytes: number, header: SegmentHeader): number {
  return Math.max(0, Math.floor((indexBytes - HEADER_BYTES) / countRecordBytes(header)));
}

/** Where the record of a row begins in the index. */
export function recordAt(row: number, header: Pick<SegmentHeader, 'bytesPerEntry'>): number {
  return HEADER_BYTES + row * countRecordBytes(header);
}

/** Looks at the record of a row: its values' checksum, where it is sound. */
export function checkRecord(
  index: Buffer,
  row: number,
  header: SegmentHeader,
): number | 'dropped' | 'damaged' {
  const bytes = index.subarray(recordAt(row, header), recordAt(row + 1, header));
  const { nonce } = header;
  if (recordChecksum(bytes, { nonce, row }) === bytes.readUInt32LE(bytes.length - 4)) {
    return bytes.readUInt32LE(CHECKSUM_AT);
  }
  return bytes.every((byte) => byte === 0) ? 'dropped' : 'damaged';
}

/** Where the values of a row lie whose record is sound. */
export function locateEntry(index: Buffer, row: number, header: SegmentHeader): EntryPlace {
  const { bytesPerEntry } = header;
  if (bytesPerEntry !== undefined) return { offset: row * bytesPerEntry, length: bytesPerEntry };
  const start = recordAt(row, header);
  return {
    offset: Number(index.readBigUInt64LE(start + OFFSET_AT)),
    length: index.readUInt32LE(start + LENGTH_AT),
  };
}

function recordChecksum(record: Uint8Array, place: { readonly nonce: number; readonly row: number }): number {
  return crc32(record.subarray(0, record.length - 4), (place.nonce + place.row) >>> 0);
}
