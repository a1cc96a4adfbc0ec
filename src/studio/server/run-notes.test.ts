import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { readNote, writeNote } from './run-notes.ts';

describe('the note of a run', () => {
  it('is a file of its own, read as it was written', async () => {
    const folder = await temporaryFolder();
    expect(await readNote(folder)).toBe('');
    await writeNote(folder, 'more light\n<b>größer</b>');
    expect(await readdir(folder)).toEqual(['notes.txt']);
    expect(await readNote(folder)).toBe('more light\n<b>größer</b>');
  });

  it('replaces nothing that cannot be one', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'x'.repeat(100_000));
    expect(await readNote(folder)).toBe('');
    await expect(writeNote(folder, 'mine')).rejects.toThrow(
      `note "${path}": expected a text of at most 20000 characters, or none, received something larger that is there. Give that file another name.`,
    );
    expect(await readFile(path, 'utf8')).toHaveLength(100_000);
  });
});
