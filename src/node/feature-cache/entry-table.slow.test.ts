import { expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { ABSENT, EntryTable, KEY_WORDS, type TablePlace } from './entry-table.ts';

/** Keys that differ in their last word alone, and so in little of what is hashed. */
const keyOf = (number: number): Uint32Array => new Uint32Array(KEY_WORDS).fill(7).fill(number, -1);

const placeIn = (table: EntryTable, entry: number): TablePlace => ({
  segment: table.segmentOf(entry),
  row: table.rowOf(entry),
  checksum: table.checksumOf(entry),
  offset: table.offsetOf(entry),
  length: table.lengthOf(entry),
});

it('finds the newest of each of many keys, across all that it grew by', () => {
  const random = createRandom(1);
  const table = new EntryTable(10);
  const newest = new Map<number, number>();
  const places: TablePlace[] = [];
  for (let entry = 0; entry < 30_000; entry++) {
    const key = random.integer(20_000);
    const checksum = random.integer(2 ** 32);
    const place = { segment: random.integer(5), row: entry, checksum, offset: entry * 10, length: 10 };
    expect(table.add(keyOf(key), 0, place)).toBe(entry);
    places.push(place);
    newest.set(key, entry);
  }
  expect(table.size).toBe(30_000);
  for (let key = 0; key < 20_000; key++) expect(table.find(keyOf(key), 0)).toBe(newest.get(key) ?? ABSENT);
  places.forEach((place, entry) => {
    expect(placeIn(table, entry)).toEqual(place);
  });
});

it('knows where entries of different lengths lie', () => {
  const table = new EntryTable(undefined);
  const places = [0, 1, 2].map(
    (row): TablePlace => ({ segment: 1, row, checksum: row, offset: 100 * row, length: 7 * row }),
  );
  for (const place of places) table.add(keyOf(place.row), 0, place);
  expect(places.map((_, entry) => placeIn(table, entry))).toEqual(places);
  expect(table.lengthOf(3)).toBe(0);
});

it('forgets an entry, and no other', () => {
  const table = new EntryTable(10);
  for (let entry = 0; entry < 10_000; entry++)
    table.add(keyOf(entry), 0, { segment: 3, row: 0, checksum: 0, offset: 0, length: 10 });
  table.forget(9000);
  const lost = Array.from({ length: 10_000 }, (_, entry) => entry).filter(
    (entry) => table.segmentOf(entry) !== 3,
  );
  expect(lost).toEqual([9000]);
  expect(table.find(keyOf(9000), 0)).toBe(9000);
});

it('has nothing where there is nothing', () => {
  const table = new EntryTable(10);
  expect(table.find(keyOf(1), 0)).toBe(ABSENT);
  expect([table.segmentOf(-1), table.segmentOf(0)]).toEqual([ABSENT, ABSENT]);
});

it('reads a key from the middle of many', () => {
  const table = new EntryTable(10);
  const many = Uint32Array.from([...keyOf(1), ...keyOf(2)]);
  table.add(many, KEY_WORDS, { segment: 0, row: 0, checksum: 0, offset: 0, length: 10 });
  expect(table.find(keyOf(1), 0)).toBe(ABSENT);
  expect(table.find(keyOf(2), 0)).toBe(0);
});
