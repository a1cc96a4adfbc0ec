/**
 * @file The rows of a CSV file as nearly all are written, taken apart by searches for line ends, quotes and separators: a tenth of the time
 * that the library needs, which looks at every byte. What is written in any other way is left to it.
 */

export interface PlainRow {
  /** In the file, from 1; of a row over several lines the last. */
  readonly line: number;
  /** Without blanks around those that are not quoted. */
  readonly cells: readonly string[];
}

/** What is left of a table. */
export interface RestOfRows {
  readonly start: number;
  /** Lines before it. */
  readonly lines: number;
  /** What rows end with, where one before it told. */
  readonly lineEnd: '\n' | '\r\n' | undefined;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/**
 * Hands on row by row what is there, up to the first one whose quotes stand elsewhere than around cells, or that has other line ends in it.
 *
 * @param bytes - UTF-8 without a mark.
 * @param separator - One letter of ASCII, no quote and no blank but the tab.
 */
export function readPlainRows(
  bytes: Uint8Array,
  separator: string,
  onRow: (row: PlainRow) => void,
): RestOfRows {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let [start, lines] = [0, 0];
  let lineEnd: RestOfRows['lineEnd'];
  let quote = find(bytes, QUOTE, 0);
  while (start < bytes.length) {
    let end = find(bytes, LINE_FEED, start);
    // A line end between two quotes is part of a cell.
    while (quote < end) {
      const closing = find(bytes, QUOTE, quote + 1);
      if (closing > end) end = find(bytes, LINE_FEED, closing);
      quote = find(bytes, QUOTE, closing + 1);
    }
    const isLast = end === bytes.length;
    const found = end > start && bytes[end - 1] === CARRIAGE_RETURN ? '\r\n' : '\n';
    if (!isLast) lineEnd ??= found;
    const row = decoder.decode(bytes.subarray(start, lineEnd === '\r\n' && !isLast ? end - 1 : end));
    const cells = found === lineEnd || isLast ? cellsOf(row, separator) : undefined;
    if (cells === undefined) break;
    lines += 1 + countLineFeeds(row);
    onRow({ line: lines, cells });
    start = end + 1;
  }
  return { start: Math.min(start, bytes.length), lines, lineEnd: start === 0 ? undefined : lineEnd };
}

function cellsOf(row: string, separator: string): string[] | undefined {
  if (row.includes('\r')) return undefined;
  const cells: string[] = [];
  for (let start = 0; ; ) {
    if (row[start] === '"') {
      let end = row.indexOf('"', start + 1);
      while (end >= 0 && row[end + 1] === '"') end = row.indexOf('"', end + 2);
      if (end < 0) return undefined;
      const cell = row.slice(start + 1, end);
      cells.push(cell.includes('"') ? cell.replaceAll('""', '"') : cell);
      if (end + 1 === row.length) return cells;
      if (row[end + 1] !== separator) return undefined;
      start = end + 2;
    } else {
      const end = row.indexOf(separator, start);
      const cell = end < 0 ? row.slice(start) : row.slice(start, end);
      if (cell.includes('"')) return undefined;
      cells.push(cell.trim());
      if (end < 0) return cells;
      start = end + 1;
    }
  }
}

function countLineFeeds(row: string): number {
  let count = 0;
  for (let at = row.indexOf('\n'); at >= 0; at = row.indexOf('\n', at + 1)) count++;
  return count;
}

/** @returns Where it is, from a place on; the end where there is none. */
function find(bytes: Uint8Array, byte: number, from: number): number {
  const place = bytes.indexOf(byte, from);
  return place < 0 ? bytes.length : place;
}
