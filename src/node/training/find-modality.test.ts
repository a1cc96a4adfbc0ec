/** @file Images and texts are told apart by what a folder or a table holds. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findModality } from './find-modality.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-modality-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('findModality', () => {
  it.each([
    ['a column of image files', 'picture,label\na.jpg,x\nb.png,y\n', 'image'],
    ['names of files without their endings', 'file,label\na,x\nb,y\n', 'image'],
    [
      'image files beside their descriptions',
      'image,description,label\na.jpg,a red car,x\nb.jpg,a dog,y\n',
      'image',
    ],
    ['a column called text', 'text,label\nyes,x\nno,y\n', 'text'],
    ['long cells', 'what,label\nhow do I pay this,x\nwhere is my card,y\n', 'text'],
    ['texts without names of columns', 'how do I pay this,x\nwhere is my card now,y\n', 'text'],
    ['neither', 'id,label\n1,x\n2,y\n', 'image'],
    ['what is no table', 'one', 'image'],
  ])('%s', async (name, content, kind) => {
    expect(await findModality(write(`${name.replaceAll(' ', '-')}.csv`, content))).toBe(kind);
  });

  it('takes JSON lines for texts, and what is not there for images', async () => {
    expect(await findModality(write('a.jsonl', '{"text":"a","label":"b"}\n'))).toBe('text');
    expect(await findModality(join(folder, 'missing.csv'))).toBe('image');
  });

  it('looks into class folders', async () => {
    write('texts/a/1.txt', 'one');
    write('texts/b/1.txt', 'two');
    write('images/a/1.jpg', '');
    write('images/a/about.txt', '');
    write('images/about.txt', '');
    expect(await findModality(join(folder, 'texts'))).toBe('text');
    expect(await findModality(join(folder, 'images'))).toBe('image');
  });

  it('believes what is said', async () => {
    const path = write('said.csv', 'text,label\nyes,x\nno,y\n');
    expect(await findModality(path, { as: 'images' })).toBe('image');
    expect(await findModality(path, { fileColumn: 'text' })).toBe('image');
    const other = write('other.csv', 'id,label\n1,x\n2,y\n');
    expect(await findModality(other, { as: 'texts' })).toBe('text');
    expect(await findModality(other, { textColumn: 'id' })).toBe('text');
  });
});
