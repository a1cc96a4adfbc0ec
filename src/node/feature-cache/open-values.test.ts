import { fstatSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { readFully } from '../files/read-fully.ts';
import { OpenValues } from './open-values.ts';
import { VALUES } from './segment-files.ts';

const values = new OpenValues(2);
afterEach(() => values.closeAll());

/** Segments `a`, `b` and `c`, whose values are their names. */
async function segments(): Promise<Record<'a' | 'b' | 'c', string>> {
  const folder = await temporaryFolder();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name));
  for (const base of [a!, b!, c!]) await writeFile(base + VALUES, base.slice(-1));
  return { a: a!, b: b!, c: c! };
}

const read = (base: string): string => {
  const bytes = new Uint8Array(1);
  readFully(values.get(base)!, bytes, 0);
  return Buffer.from(bytes).toString();
};

it('closes the file unused for longest when one too many is opened', async () => {
  const { a, b, c } = await segments();
  const [first, second] = [values.get(a)!, values.get(b)!];
  expect(values.get(a)).toBe(first);
  const third = values.get(c)!;
  expect(() => fstatSync(second)).toThrow('EBADF');
  expect(values.get(a)).toBe(first);
  expect(values.get(c)).toBe(third);
  expect([a, b, c, a, b].map(read)).toEqual(['a', 'b', 'c', 'a', 'b']);
});

it('gives nothing for a file that is gone, and reads on from one that was open before', async () => {
  const { a, b } = await segments();
  values.get(a);
  await rm(a + VALUES);
  await rm(b + VALUES);
  expect(read(a)).toBe('a');
  expect(values.get(b)).toBeUndefined();
  values.close(a);
  expect(values.get(a)).toBeUndefined();
});
