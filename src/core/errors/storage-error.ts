/** @file The error of a place that cannot be written, from what the file system said. */

import { type ErrorCode, GraftError } from './graft-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a quota that is used up',
  EFBIG: 'a file system that allows no file so large',
  EACCES: 'a place that this user may not write to',
  EPERM: 'a place that this user may not write to',
  EROFS: 'a read-only file system',
  ENOENT: 'a folder that does not exist',
  ENOTDIR: 'a path that leads through a file',
  EISDIR: 'a folder of that name',
  EEXIST: 'a file of that name',
};

/**
 * Makes an error of a file system's error; one of ours stays as it is.
 *
 * @param where - What cannot be written, as `file "model.onnx"`.
 * @param advice - What the person can do.
 * @param code - Default `file-write`.
 */
export function storageError(
  where: string,
  cause: unknown,
  advice: string,
  code: ErrorCode = 'file-write',
): GraftError {
  if (cause instanceof GraftError) return cause;
  const { code: reason = '', message } = cause as NodeJS.ErrnoException;
  const received = REASONS[reason] ?? message;
  return new GraftError(
    code,
    { where, expected: 'a place that can be written', received, advice },
    { cause },
  );
}
