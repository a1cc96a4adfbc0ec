/** @file The journal of a folder's edits as a file of this machine. */

import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../../node/files/write-file.ts';
import { EditJournal, requireVersion } from '../project/edit-journal.ts';
import { JOURNAL } from './project-paths.ts';

/** @throws {GraftError} `file-write`, if it cannot be written; `dataset`, if a newer version wrote it: nothing is touched. */
export async function openJournal(root: string): Promise<EditJournal> {
  const path = join(root, JOURNAL);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw writeError(path, error);
  });
  requireVersion(path, text);
  const file = await open(path, 'a').catch((error: unknown) => {
    throw writeError(path, error);
  });
  return EditJournal.open(
    {
      path,
      async append(line) {
        const { size } = await file.stat();
        try {
          await file.appendFile(line);
          await file.datasync();
        } catch (error) {
          // What was refused must not be done at the next start, nor spoil the next line: a full disk takes a part of it.
          await file.truncate(size).catch(() => undefined);
          throw writeError(path, error);
        }
      },
      close: () => file.close(),
    },
    text,
  );
}
