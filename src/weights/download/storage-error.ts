/** @file The error of a file that cannot be written, from what the file system said. */

import { GraftError } from '../../errors/graft-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a quota that is used up',
  EFBIG: 'a file system that allows no file so large',
  EACCES: 'a place that this user may not write to',
  EPERM: 'a place that this user may not write to',
  EROFS: 'a read-only file system',
  ENOTDIR: 'a path that leads through a file',
  EISDIR: 'a folder of that name',
};

/**
 * Makes a `file-write` error of a file system's error.
 *
 * @param advice - What the person can do, one sentence.
 */
export function storageError(path: string, cause: unknown, advice: string): GraftError {
  if (cause instanceof GraftError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new GraftError(
    'file-write',
    {
      where: `file "${path}"`,
      expected: 'a place that can be written',
      received: REASONS[code] ?? String((cause as Error).message),
      advice,
    },
    { cause },
  );
}
