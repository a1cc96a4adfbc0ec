/** @file The bytes of a table, written row by row into parts of one buffer. */

import { encodeText, type TableEncoding } from './table-encoding.ts';
import { RowOfFile, type TableRow } from './table-row.ts';

const PART_BYTES = 1 << 20;
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

export interface TableShape {
  readonly encoding: TableEncoding;
  /** What stands before the rows, with the byte order mark. */
  readonly head: string;
  /** Between rows that have none, such as what was the last one of a file. */
  readonly lineBreak: string;
}

/**
 * The bytes of a table, part by part. Each part is good until the next one is asked for: a table of many megabytes takes no more than
 * one of them.
 *
 * @throws {GraftError} `argument`, if the encoding does not have a letter.
 */
export function* tableBytes(
  rows: readonly TableRow[],
  { encoding, head, lineBreak }: TableShape,
): Generator<Uint8Array> {
  const part = new Uint8Array(PART_BYTES);
  const encodedBreak = encodeText(lineBreak, encoding);
  const encodedHead = encodeText(head, encoding);
  yield encodedHead;
  let size = 0;
  let endsLine = head === '' || head === '\ufeff' || /[\r\n]$/.test(head);
  for (const row of rows) {
    const isAsInFile = encoding === 'utf-8' && row instanceof RowOfFile;
    const bytes = isAsInFile ? undefined : encodeText(row.raw, encoding);
    const needed = (bytes?.length ?? (row as RowOfFile).byteLength) + encodedBreak.length;
    if (size + needed > part.length) {
      yield part.subarray(0, size);
      size = 0;
    }
    // A single row of more than a part.
    const target = needed > part.length ? new Uint8Array(needed) : part;
    if (!endsLine) {
      target.set(encodedBreak, size);
      size += encodedBreak.length;
    }
    if (bytes === undefined) (row as RowOfFile).copyTo(target, size);
    else target.set(bytes, size);
    size += needed - encodedBreak.length;
    endsLine = bytes === undefined ? endsWithBreak(target, size) : /[\r\n]$/.test(row.raw);
    if (target === part) continue;
    yield target.subarray(0, size);
    size = 0;
  }
  yield part.subarray(0, size);
}

function endsWithBreak(bytes: Uint8Array, size: number): boolean {
  const last = bytes[size - 1];
  return last === LINE_FEED || last === CARRIAGE_RETURN;
}
