/** @file The journal of a project's edits as a file of this machine. */

import { open, readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { writeError } from '../../node/files/write-file.ts';
import { EditJournal, requireVersion } from '../project/edit-journal.ts';

/**
 * @param path - Of the journal; made where it is not there.
 * @param step - How a step must look.
 * @throws {GraftError} `file-write`, if it cannot be written; `dataset`, if a newer version wrote it: nothing is touched.
 */
export async function openJournal<Step>(path: string, step: z.ZodType<Step>): Promise<EditJournal<Step>> {
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
    step,
  );
}
