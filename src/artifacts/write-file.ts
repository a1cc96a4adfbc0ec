/** @file Writes a file whole or not at all: beside its place, then renamed. */

import writeFileAtomic from 'write-file-atomic';
import { GraftError } from '../errors/graft-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a quota that is used up',
  EACCES: 'a place that this user may not write to',
  EPERM: 'a place that this user may not write to',
  EROFS: 'a read-only file system',
  ENOENT: 'a folder that does not exist',
  ENOTDIR: 'a path that leads through a file',
  EISDIR: 'a folder of that name',
};

/**
 * Writes `content` to `path`; a reader sees the old file or the new one, never a part.
 *
 * @throws {GraftError} `file-write`, with the reason; the old file is as it was.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(
      path,
      typeof content === 'string'
        ? content
        : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** The error for a path that cannot be written, from what the file system said. */
export function writeError(path: string, cause: unknown): GraftError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return new GraftError(
    'file-write',
    {
      where: `file "${path}"`,
      expected: 'a place that can be written',
      received: REASONS[code] ?? String((cause as Error).message),
      advice: 'Nothing was written there. Make room or choose another place with --out.',
    },
    { cause },
  );
}
