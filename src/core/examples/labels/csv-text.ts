/** @file The text of a CSV file, whatever encoding a spreadsheet chose for it. */

import { GraftError } from '../../errors/graft-error.ts';

export interface CsvText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
}

/**
 * Decodes a file: by its byte order mark; without one as UTF-16 where every other byte is 0, as UTF-8 where it is valid,
 * else as Windows-1252, which Latin-1 is a part of.
 *
 * @param where - For messages: `label file "labels.csv"`.
 * @throws {GraftError} `dataset`, if it is no text.
 */
export function decodeCsvText(bytes: Uint8Array, where: string): CsvText {
  const encoding = detectEncoding(bytes);
  // Fatal: what is not valid throws. The decoder takes the mark away.
  const text = tryDecode(bytes, encoding);
  if (text !== undefined) return requireText({ text, encoding }, bytes, where);
  if (encoding !== 'utf-8') throw notText(where, `bytes that are not ${encoding.toUpperCase()}`);
  // As a stream: without, Node from 20.18.3 to 24 takes Windows-1252 for Latin-1, without euro sign and curly quotes
  // (https://github.com/nodejs/node/issues/60888).
  const fallback = new TextDecoder('windows-1252').decode(bytes, { stream: true });
  return requireText({ text: fallback, encoding: 'windows-1252' }, bytes, where);
}

/** Bytes that are checked at once. */
const CHECKED_BYTES = 64 * 1024;

/**
 * The same as UTF-8 without a mark: of a large file that is in it, the bytes themselves, where a string would be as much memory again.
 *
 * @throws {GraftError} As {@link decodeCsvText}.
 */
export function readCsvUtf8(
  bytes: Uint8Array,
  where: string,
): { readonly bytes: Uint8Array; readonly encoding: CsvText['encoding'] } {
  if (detectEncoding(bytes) === 'utf-8' && isUtf8(bytes)) {
    requireNoBinary(bytes, bytes.includes(0), where);
    return { bytes: bytes.subarray(hasMark(bytes) ? 3 : 0), encoding: 'utf-8' };
  }
  const { text, encoding } = decodeCsvText(bytes, where);
  return { bytes: new TextEncoder().encode(text), encoding };
}

function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (let start = 0; start < bytes.length; start += CHECKED_BYTES) {
      decoder.decode(bytes.subarray(start, start + CHECKED_BYTES), { stream: true });
    }
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

function hasMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf;
}

function detectEncoding(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const start = bytes.subarray(0, 1000);
  let evenZeros = 0;
  let oddZeros = 0;
  start.forEach((byte, i) => {
    if (byte !== 0) return;
    if (i % 2 === 0) evenZeros++;
    else oddZeros++;
  });
  // Names are mostly ASCII: of two bytes, the high one is 0.
  const half = start.length / 2;
  if (oddZeros > half / 2 && evenZeros === 0) return 'utf-16le';
  if (evenZeros > half / 2 && oddZeros === 0) return 'utf-16be';
  return 'utf-8';
}

function tryDecode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function requireText(decoded: CsvText, bytes: Uint8Array, where: string): CsvText {
  requireNoBinary(bytes, decoded.text.includes('\0'), where);
  return decoded;
}

function requireNoBinary(bytes: Uint8Array, hasZero: boolean, where: string): void {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
  if (isZip) throw notText(where, 'a spreadsheet or zip file');
  if (hasZero) throw notText(where, 'a binary file');
}

function notText(where: string, received: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: 'a text file of comma-separated values',
    received,
    advice: 'Save the sheet as CSV (UTF-8).',
  });
}
