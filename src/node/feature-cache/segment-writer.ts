/** @file Appends rows to a segment of this process's own: no other writes to it, so no lock is needed. */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { INDEX, removeSegment, VALUES } from './segment-files.ts';
import {
  countRecordBytes,
  encodeHeader,
  encodeRecord,
  HEADER_BYTES,
  KEY_BYTES,
  recordAt,
  type SegmentHeader,
} from './segment-format.ts';

export interface SegmentWriterOptions {
  /** Path without ending, in a folder that exists. */
  readonly base: string;
  readonly spaceKey: string;
  /** Undefined where entries differ in length. */
  readonly bytesPerEntry: number | undefined;
  /** Values and index together. */
  readonly mostBytes: number;
}

/** Made by `createSegment`. Its calls must not overlap. */
export interface SegmentWriter {
  readonly base: string;
  /** Rows written. */
  readonly rows: number;
  /** Whether it has room for so many entries. A first one always has. @param bytes - Of all their values. */
  hasRoom(entries: number, bytes: number): boolean;
  /**
   * Appends rows: first their values, then their records, so that a process that ends in between leaves no record of
   * values that are not there. After a power cut there may be one; its checksum gives it away.
   */
  append(keys: Uint8Array, values: Uint8Array, checksums: Uint32Array, lengths: Uint32Array): Promise<void>;
  /** Where the next values go. */
  readonly end: number;
  /** Returns when everything lies on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** @throws The file system's own error; nothing is left then. */
export async function createSegment(options: SegmentWriterOptions): Promise<SegmentWriter> {
  const { base, spaceKey, bytesPerEntry, mostBytes } = options;
  const recordBytes = countRecordBytes(options);
  const nonce = randomBytes(4).readUInt32LE();
  const files: FileHandle[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(files.map((file) => file.close()));
  };
  try {
    files.push(await open(base + VALUES, 'wx'), await open(base + INDEX, 'wx'));
    await writeFully(files[1]!, encodeHeader({ bytesPerEntry, spaceKey, nonce }), 0);
  } catch (error) {
    await close();
    await removeSegment(base);
    throw error;
  }
  const [values, index] = files as [FileHandle, FileHandle];
  let rows = 0;
  let end = 0;
  let isSynced = true;
  return {
    base,
    get rows() {
      return rows;
    },
    get end() {
      return end;
    },
    hasRoom: (entries, bytes) =>
      (rows === 0 && entries === 1) || end + bytes + (rows + entries) * recordBytes <= mostBytes,
    async append(keys, rowValues, checksums, lengths) {
      const count = checksums.length;
      const records = Buffer.alloc(count * recordBytes);
      let offset = end;
      checksums.forEach((checksum, i) => {
        const key = keys.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES);
        const length = lengths[i]!;
        const place = bytesPerEntry === undefined ? { offset, length } : undefined;
        encodeRecord(records, i, { key, checksum, nonce, row: rows + i, place });
        offset += length;
      });
      isSynced = false;
      await writeFully(values, rowValues, end);
      await writeFully(index, records, recordAt(rows, options));
      rows += count;
      end = offset;
    },
    async sync() {
      if (isSynced) return;
      await values.datasync();
      await index.datasync();
      isSynced = true;
    },
    close,
  };
}

/** Bytes that a segment takes beside the values. */
export function indexBytes(rows: number, header: Pick<SegmentHeader, 'bytesPerEntry'>): number {
  return HEADER_BYTES + rows * countRecordBytes(header);
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
