import { expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import { ABSENT, EntryTable, KEY_WORDS } from './entry-table.ts';

/** Keys that differ in their last word alone, and so in little of what is hashed. */
const keyOf = (number: number): Uint32Array => new Uint32Array(KEY_WORDS).fill(7).fill(number, -1);

it('finds the newest of each of many keys, across all that it grew by', () => {
  const random = createRandom(1);
  const table = new EntryTable();
  const newest = new Map<number, number>();
  const places: { segment: number; row: number; checksum: number }[] = [];
  for (let entry = 0; entry < 30_000; entry++) {
    const key = random.integer(20_000);
    const place = { segment: random.integer(5), row: entry, checksum: random.integer(2 ** 32) };
    expect(table.add(keyOf(key), 0, place)).toBe(entry);
    places.push(place);
    newest.set(key, entry);
  }
  expect(table.size).toBe(30_000);
  for (let key = 0; key < 20_000; key++) expect(table.find(keyOf(key), 0)).toBe(newest.get(key) ?? ABSENT);
  places.forEach(({ segment, row, checksum }, entry) => {
    const found = [table.segmentOf(entry), table.rowOf(entry), table.checksumOf(entry)];
    expect(found).toEqual([segment, row, checksum]);
  });
});

it('forgets an entry, and no other', () => {
  const table = new EntryTable();
  for (let entry = 0; entry < 10_000; entry++)
    table.add(keyOf(entry), 0, { segment: 3, row: 0, checksum: 0 });
  table.forget(9000);
  const lost = Array.from({ length: 10_000 }, (_, entry) => entry).filter(
    (entry) => table.segmentOf(entry) !== 3,
  );
  expect(lost).toEqual([9000]);
  expect(table.find(keyOf(9000), 0)).toBe(9000);
});

it('has nothing where there is nothing', () => {
  const table = new EntryTable();
  expect(table.find(keyOf(1), 0)).toBe(ABSENT);
  expect([table.segmentOf(-1), table.segmentOf(0)]).toEqual([ABSENT, ABSENT]);
});

it('reads a key from the middle of many', () => {
  const table = new EntryTable();
  const many = Uint32Array.from([...keyOf(1), ...keyOf(2)]);
  table.add(many, KEY_WORDS, { segment: 0, row: 0, checksum: 0 });
  expect(table.find(keyOf(1), 0)).toBe(ABSENT);
  expect(table.find(keyOf(2), 0)).toBe(0);
});
