/** @file The folder of a project: there when it is opened, made where it is new, one studio's at a time, and missed when it is gone. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type FileLock, lockFile } from '../../node/files/file-lock.ts';
import { makeFolder } from '../../node/files/make-folder.ts';
import { writeError } from '../../node/files/write-file.ts';
import { STUDIO_LOCK } from './project-paths.ts';

/**
 * Makes a folder where there is nothing.
 *
 * @param given - As a person wrote it, for the error.
 * @throws {GraftError} `dataset`, if it is a file; `file-write`, if it cannot be made.
 */
export async function requireFolder(root: string, given: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found === undefined) {
    await makeFolder(root).catch((error: unknown) => {
      throw writeError(given, error);
    });
  } else if (!found.isDirectory()) {
    throw new GraftError('dataset', {
      where: `project "${given}"`,
      expected: 'a folder with one folder for each class',
      received: 'a file',
      advice: 'Give the folder that holds the class folders, or a new one.',
    });
  }
}

/**
 * Takes a project for this studio alone.
 *
 * @param ownFolder - The studio's own, made where it is not there.
 * @param given - As a person wrote the project, for the error.
 * @throws {GraftError} `file-exists`, if another studio has it open; `file-write`.
 */
export async function lockProject(ownFolder: string, given: string): Promise<FileLock> {
  await makeFolder(ownFolder).catch((error: unknown) => {
    throw writeError(ownFolder, error);
  });
  return lockFile(join(ownFolder, STUDIO_LOCK), {
    onAlive: () => {
      throw new GraftError('file-exists', {
        where: `project "${given}"`,
        expected: 'to be open in one studio',
        received: 'a folder that another studio has open',
        advice: 'Use that one, or end it first with Ctrl-C.',
      });
    },
  });
}

/** The error for a folder that was there, and cannot be read any more. */
export function goneError(root: string, cause: unknown): GraftError {
  return new GraftError(
    'file-not-found',
    {
      where: `project "${root}"`,
      expected: 'the folder that was opened',
      received: (cause as NodeJS.ErrnoException).code ?? 'nothing that can be read',
      advice: 'Put it back, or end the studio and open another one.',
    },
    { cause },
  );
}
