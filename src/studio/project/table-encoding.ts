/** @file Text as the bytes of the encoding that a table has. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { CsvText } from '../../core/examples/labels/csv-text.ts';

export type TableEncoding = CsvText['encoding'];

/** Whether a file begins with a byte order mark. */
export function startsWithMark([first, second, third]: Uint8Array): boolean {
  if (first === 0xef) return second === 0xbb && third === 0xbf;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** @throws {GraftError} `argument`, if the encoding does not have a letter. */
export function encodeText(text: string, encoding: TableEncoding): Uint8Array {
  switch (encoding) {
    case 'utf-8':
      return UTF8.encode(text);
    case 'utf-16le':
      return unitsOf(text, true);
    case 'utf-16be':
      return unitsOf(text, false);
    case 'windows-1252':
      return Uint8Array.from(text, byteOf);
  }
}

const UTF8 = new TextEncoder();

function unitsOf(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), isLittleEndian);
  return bytes;
}

/** Of Windows-1252, from 0x80 to 0x9f; where nothing is, the control of that number. */
const HIGH: ReadonlyMap<string, number> = new Map(
  [
    ...new TextDecoder('windows-1252').decode(
      Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
      { stream: true },
    ),
  ].map((letter, index) => [letter, 0x80 + index]),
);

function byteOf(letter: string): number {
  const code = HIGH.get(letter) ?? letter.charCodeAt(0);
  if (code < 256 && letter.length === 1) return code;
  throw new GraftError('argument', {
    where: `letter "${letter}"`,
    expected: 'one that the table’s encoding has (Windows-1252)',
    received: 'another one',
    advice: 'Give another name, or save the table as UTF-8 first.',
  });
}
