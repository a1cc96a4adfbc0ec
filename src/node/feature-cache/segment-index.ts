/** @file A segment's index: reads and checks it, and takes rows out of it. */

import { open, readFile, stat } from 'node:fs/promises';
import { INDEX, VALUES } from './segment-files.ts';
import {
  checkRecord,
  countRecordBytes,
  decodeHeader,
  locateEntry,
  recordAt,
  recordsIn,
  type SegmentHeader,
} from './segment-format.ts';

/** An index with everything that was found to be sound. */
export interface SegmentIndex {
  readonly header: SegmentHeader;
  readonly bytes: Buffer;
  /** Rows whose record is sound and whose values lie within the file. */
  readonly rows: Uint32Array;
  /** The CRC-32 of each such row's values. */
  readonly checksums: Uint32Array;
  /** Rows whose record is damaged, or whose values the file does not have. */
  readonly lost: readonly number[];
}

/**
 * Reads a segment's index and checks every record. `damaged`: the header is none. `newer`: of a format that this version
 * does not know. `gone`: it cannot be read, or is just being made.
 */
export async function readIndex(base: string): Promise<SegmentIndex | 'damaged' | 'newer' | 'gone'> {
  // The index before the size: values come before their record, so what the index tells must be there.
  const bytes = await readFile(base + INDEX).catch(() => undefined);
  const valueBytes = await stat(base + VALUES).then(
    ({ size }) => size,
    () => undefined,
  );
  if (bytes === undefined || valueBytes === undefined || bytes.length === 0) return 'gone';
  const header = decodeHeader(bytes);
  if (header === undefined) return 'damaged';
  if (header === 'newer') return 'newer';
  const count = recordsIn(bytes.length, header);
  const rows = new Uint32Array(count);
  const checksums = new Uint32Array(count);
  const lost: number[] = [];
  let sound = 0;
  for (let row = 0; row < count; row++) {
    const checksum = checkRecord(bytes, row, header);
    if (checksum === 'dropped') continue;
    if (checksum === 'damaged' || endOf(bytes, row, header) > valueBytes) {
      lost.push(row);
      continue;
    }
    rows[sound] = row;
    checksums[sound] = checksum;
    sound += 1;
  }
  return { header, bytes, rows: rows.subarray(0, sound), checksums: checksums.subarray(0, sound), lost };
}

function endOf(bytes: Buffer, row: number, header: SegmentHeader): number {
  const { offset, length } = locateEntry(bytes, row, header);
  return offset + length;
}

/** Takes rows out of a segment's index for every process, now and later. A place that cannot be written is no fault. */
export async function dropRows(
  base: string,
  header: Pick<SegmentHeader, 'bytesPerEntry'>,
  rows: readonly number[],
): Promise<void> {
  const file = await open(base + INDEX, 'r+').catch(() => undefined);
  if (file === undefined) return;
  try {
    const nothing = new Uint8Array(countRecordBytes(header));
    for (const row of rows) await file.write(nothing, 0, nothing.length, recordAt(row, header));
  } catch {
    // The row will be found bad again.
  } finally {
    await file.close().catch(() => {});
  }
}
