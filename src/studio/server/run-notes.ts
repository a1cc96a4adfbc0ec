/** @file What a person writes beside a run: a text file of its folder, which no training reads or writes. */

import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { writeWhole } from '../../node/files/write-file.ts';

const NOTE_FILE = 'notes.txt';
export const MAX_NOTE_CHARACTERS = 20_000;

/** Empty where there is none, or one that the studio did not write: too long to be shown. */
export async function readNote(runFolder: string): Promise<string> {
  const path = join(runFolder, NOTE_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !isShort(found)) return '';
  return readFile(path, 'utf8').catch(() => '');
}

/** @throws {GraftError} `file-write`; `file-exists`, if a file of that name is not such a note. */
export async function writeNote(runFolder: string, note: string): Promise<void> {
  const path = join(runFolder, NOTE_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !isShort(found)) {
    throw new GraftError('file-exists', {
      where: `note "${path}"`,
      expected: `a text of at most ${MAX_NOTE_CHARACTERS} characters, or none`,
      received: 'something larger that is there',
      advice: 'Give that file another name.',
    });
  }
  await writeWhole(path, note);
}

/** A character takes at most 4 bytes. */
function isShort(found: Stats): boolean {
  return found.isFile() && found.size <= 4 * MAX_NOTE_CHARACTERS;
}
