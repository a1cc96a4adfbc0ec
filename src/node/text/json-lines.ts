/** @file A file of JSON objects, one a line, as a table. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { CsvTable } from '../../core/examples/labels/csv-table.ts';

/** Between the elements of a list, as between labels in a cell. */
const LIST_SEPARATOR = '|';

/**
 * Reads JSON lines. The columns are all keys that occur, in their order; what an object lacks is an empty cell.
 *
 * @param where - For messages: `text file "reviews.jsonl"`.
 * @throws {GraftError} `dataset`, if a line is no object, or holds objects itself; if there are none.
 */
export function parseJsonLines(text: string, where: string): CsvTable {
  const objects = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    return [{ line: index + 1, values: parseLine(line, index + 1, where) }];
  });
  const columns = [...new Set(objects.flatMap(({ values }) => [...values.keys()]))];
  if (objects.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'an object in JSON on each line',
      received: 'an empty file',
      advice: 'Write {"text": "...", "label": "..."} for each text.',
    });
  }
  const rows = objects.map(({ line, values }) => ({
    line,
    cells: columns.map((column) => values.get(column) ?? ''),
  }));
  return { separator: ',', columns: columns.map((name) => name.trim().normalize('NFC')), rows };
}

function parseLine(line: string, number: number, where: string): Map<string, string> {
  const refuse = (expected: string, received: string, cause?: unknown): GraftError =>
    new GraftError(
      'dataset',
      {
        where: `${where}, line ${number}`,
        expected,
        received,
        advice: 'Write {"text": "...", "label": "..."} for each text.',
      },
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw refuse('an object in JSON', 'something else', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('an object in JSON', 'another value');
  }
  return new Map(
    Object.entries(value).map(([key, held]): [string, string] => {
      const list: readonly unknown[] = Array.isArray(held) ? held : [held ?? ''];
      if (list.some((each) => typeof each === 'object' && each !== null)) {
        throw refuse(`a text, a number or a list of them as "${key}"`, 'an object');
      }
      return [key, list.map((each) => String(each).trim()).join(LIST_SEPARATOR)];
    }),
  );
}
