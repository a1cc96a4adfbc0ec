import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../tensor/random.ts';
import { isPlainCsv, readPlainCsv } from './plain-csv.ts';

const COMMA = 0x2c;
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
const isPlain = (text: string): boolean => isPlainCsv(encoded(text), COMMA);

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

function read(text: string): Row[] {
  const rows: Row[] = [];
  readPlainCsv(encoded(text), COMMA, (cells, line) => rows.push({ line, cells }));
  return rows;
}

/** The parser that all other tables are left to. */
function readByPackage(text: string): unknown {
  return parse(text, {
    delimiter: ',',
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    on_record: (cells: string[], { lines }) =>
      cells.every((cell) => cell === '') ? null : ({ line: lines, cells } as unknown as string[]),
  });
}

describe('plain CSV', () => {
  it('reads what the package reads, line for line, of tables put together at random', () => {
    const random = createRandom(1);
    const pieces = ['a', ' ', '"x"', '"y"",\n z"', '""', ',', '\n', '\u00a0b', 'é', ' ,', '\f', '\ufeff'];
    let plain = 0;
    for (let turn = 0; turn < 5000; turn++) {
      const length = random.integer(14);
      let text = Array.from({ length }, () => pieces[random.integer(pieces.length)]).join('');
      if (turn % 4 === 0) text = text.replaceAll('\n', '\r\n');
      if (!isPlain(text)) continue;
      plain++;
      expect(read(text), JSON.stringify(text)).toEqual(readByPackage(text));
    }
    expect(plain).toBeGreaterThan(1500);
  });

  it.each([
    'a,"b" ,c\n',
    'a, "b"\n',
    'a"b,c\n',
    '"a"b,c\n',
    'a,"b\n',
    'a,b\rc,d\r',
    'a,b\r\nc,d\n',
    'a,b\nc,d\r\n',
    'a,"b\r\nc"\r\n',
  ])('leaves %j to the package', (text) => {
    expect(isPlain(text)).toBe(false);
  });
});
