import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import { decodeCsvText, readCsvUtf8 } from './csv-text.ts';

const TEXT = 'file,label\nZoë.jpg,Käfer\n';

function utf16(text: string, { bigEndian = false, mark = true } = {}): Uint8Array {
  const buffer = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le');
  return bigEndian ? buffer.swap16() : buffer;
}

describe('decodeCsvText', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), 'utf-8'],
    ['UTF-16, little endian', utf16(TEXT), 'utf-16le'],
    ['UTF-16, big endian', utf16(TEXT, { bigEndian: true }), 'utf-16be'],
    ['UTF-16 without a mark', utf16(TEXT, { mark: false }), 'utf-16le'],
    ['UTF-16, big endian, without a mark', utf16(TEXT, { bigEndian: true, mark: false }), 'utf-16be'],
    ['Latin-1', Buffer.from(TEXT, 'latin1'), 'windows-1252'],
  ])('reads %s', (_, bytes, encoding) => {
    expect(decodeCsvText(bytes, 'label file "x.csv"')).toEqual({ text: TEXT, encoding });
    const utf8 = readCsvUtf8(bytes, 'label file "x.csv"');
    expect([new TextDecoder().decode(utf8.bytes), utf8.encoding]).toEqual([TEXT, encoding]);
  });

  it('finds bytes that are no UTF-8 far behind the beginning', () => {
    const bytes = Buffer.concat([Buffer.from(TEXT.repeat(5000)), Buffer.of(0xe9)]);
    expect(readCsvUtf8(bytes, '').encoding).toBe('windows-1252');
    // Half a letter at the end.
    expect(readCsvUtf8(Buffer.concat([Buffer.from(TEXT), Buffer.of(0xc3)]), '').encoding).toBe(
      'windows-1252',
    );
  });

  it('reads what Windows-1252 has beyond Latin-1', () => {
    const bytes = Uint8Array.of(0x80, 0x2c, 0x92, 0xe9);
    expect(decodeCsvText(bytes, '')).toEqual({ text: '€,’é', encoding: 'windows-1252' });
  });

  it.each([
    ['a spreadsheet or zip file', Buffer.from('PK\x03\x04\x14\x00\x06\x00', 'latin1')],
    ['a binary file', Buffer.from('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR', 'latin1')],
    ['bytes that are not UTF-16LE', Buffer.concat([utf16(TEXT), Buffer.of(0x41)])],
  ])('refuses %s', (received, bytes) => {
    const message = `label file "x.csv": expected a text file of comma-separated values, received ${received}. Save the sheet as CSV (UTF-8).`;
    expect(() => decodeCsvText(bytes, 'label file "x.csv"')).toThrow(withMessage(message));
    expect(() => readCsvUtf8(bytes, 'label file "x.csv"')).toThrow(withMessage(message));
  });
});
