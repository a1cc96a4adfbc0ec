/** @file Reads a file of Graft's own: a pipe or a device that has its name would keep a reader for ever, and is none. */

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Not known to Windows, which has no pipes among its files. */
const AT_ONCE = constants.O_NONBLOCK ?? 0;

/**
 * The text of a file, or of the file that a link leads to.
 *
 * @throws The file system's own error; one with the code `EFTYPE`, if it is a pipe, a device or a folder.
 */
export async function readPlainText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | AT_ONCE);
  try {
    if (!(await file.stat()).isFile()) throw Object.assign(new Error('no plain file'), { code: 'EFTYPE' });
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
