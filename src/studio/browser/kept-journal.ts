/** @file The journal of a project that a browser keeps: a file that only grows, which one tab has open. */

import type { BrowserFileAccess } from '../../web/browser.ts';
import type { JournalFile } from '../project/edit-journal.ts';
import { fullError, type KeptFiles, writeAll } from './kept-files.ts';
import { JOURNAL } from './kept-places.ts';

/** @throws {GraftError} `file-write`, also if another tab has it. */
export async function openKeptJournal(
  files: KeptFiles,
): Promise<{ readonly file: JournalFile; readonly text: string }> {
  const access = await files.access(JOURNAL);
  const bytes = new Uint8Array(access.getSize());
  access.read(bytes, { at: 0 });
  const text = new TextDecoder().decode(bytes);
  return { file: journalFile(access), text };
}

function journalFile(access: BrowserFileAccess): JournalFile {
  return {
    path: JOURNAL,
    async append(line) {
      const size = access.getSize();
      try {
        writeAll(access, new TextEncoder().encode(line), size);
        access.flush();
      } catch (cause) {
        // What was refused must not be done at the next start, nor spoil the next line.
        access.truncate(size);
        throw fullError(cause);
      }
    },
    close: async () => access.close(),
  };
}
