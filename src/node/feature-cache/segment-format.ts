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
 * A record that fails its own checksum, for what it says or for where it stands, is no record. One of zeros was dropped.
 */

import { crc32 } from './checksum.ts';

/** The format that this version writes. It reads no other. */
export const CACHE_FORMAT = 1;
export const HEADER_BYTES = 64;
export const RECORD_BYTES = 40;
export const KEY_BYTES = 32;

const MAGIC = Buffer.from('GRAFTFC\0', 'latin1');
const CHECKSUM_AT = 32;
const RECORD_CHECKSUM_AT = 36;

export interface SegmentHeader {
  readonly bytesPerEntry: number;
  /** 64 hexadecimal digits. */
  readonly spaceKey: string;
  /** Tells this segment's records from another's. */
  readonly nonce: number;
}

export function encodeHeader({ bytesPerEntry, spaceKey, nonce }: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(CACHE_FORMAT, 8);
  bytes.writeUInt32LE(bytesPerEntry, 12);
  bytes.write(spaceKey, 16, 'hex');
  bytes.writeUInt32LE(nonce, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** Undefined: these bytes are no header, or a damaged one. `newer`: one that this version cannot read. */
export function decodeHeader(index: Buffer): SegmentHeader | 'newer' | undefined {
  if (index.length < HEADER_BYTES || MAGIC.compare(index, 0, MAGIC.length) !== 0) return undefined;
  if (crc32(index.subarray(0, 60)) !== index.readUInt32LE(60)) return undefined;
  if (index.readUInt32LE(8) !== CACHE_FORMAT) return 'newer';
  return {
    bytesPerEntry: index.readUInt32LE(12),
    spaceKey: index.toString('hex', 16, 16 + KEY_BYTES),
    nonce: index.readUInt32LE(48),
  };
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
  },
): void {
  const bytes = records.subarray(at * RECORD_BYTES, (at + 1) * RECORD_BYTES);
  bytes.set(record.key);
  bytes.writeUInt32LE(record.checksum, CHECKSUM_AT);
  bytes.writeUInt32LE(recordChecksum(bytes, record), RECORD_CHECKSUM_AT);
}

/** How many whole records an index of so many bytes has. A part of one at the end is still being written. */
export function recordsIn(indexBytes: number): number {
  return Math.max(0, Math.floor((indexBytes - HEADER_BYTES) / RECORD_BYTES));
}

/** Where the record of a row begins in the index. */
export function recordAt(row: number): number {
  return HEADER_BYTES + row * RECORD_BYTES;
}

/** Looks at the record of a row: its values' checksum, where it is sound. */
export function checkRecord(index: Buffer, row: number, nonce: number): number | 'dropped' | 'damaged' {
  const bytes = index.subarray(recordAt(row), recordAt(row + 1));
  if (recordChecksum(bytes, { nonce, row }) === bytes.readUInt32LE(RECORD_CHECKSUM_AT)) {
    return bytes.readUInt32LE(CHECKSUM_AT);
  }
  return bytes.every((byte) => byte === 0) ? 'dropped' : 'damaged';
}

function recordChecksum(record: Uint8Array, place: { readonly nonce: number; readonly row: number }): number {
  return crc32(record.subarray(0, RECORD_CHECKSUM_AT), (place.nonce + place.row) >>> 0);
}
