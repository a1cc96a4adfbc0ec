/** @file The project of a folder of this machine: the folders stay the truth. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type FileLock, lockFile } from '../../node/files/file-lock.ts';
import { makeFolder } from '../../node/files/make-folder.ts';
import { writeError } from '../../node/files/write-file.ts';
import type { EditJournal } from '../project/edit-journal.ts';
import { Project } from '../project/project.ts';
import { OWN_FOLDER, type ProjectPlace } from '../project/project-place.ts';
import { storeAdded } from './added-files.ts';
import { doSteps } from './edit-steps.ts';
import { ImageContents } from './image-content.ts';
import { openJournal } from './journal-file.ts';
import { goneError, requireFolder } from './project-folder.ts';
import { resolvePlace, STUDIO_LOCK } from './project-paths.ts';
import { scanProject } from './scan-project.ts';

/** One folder, which no other studio has open. */
export class FolderProject extends Project {
  readonly root: string;
  readonly contents: ImageContents;

  private constructor(root: string, lock: FileLock, journal: EditJournal, onChange: () => void) {
    super({ place: placeOf(root, lock), journal, onChange });
    this.root = root;
    this.contents = new ImageContents(root, this.index);
  }

  /**
   * Opens a folder, made where it is not there, and finishes an edit that was cut short.
   *
   * @param onChange - Hears that the state is another.
   * @throws {GraftError} `dataset`, if it is no folder; `file-exists`, if another studio has it open; `file-write`.
   */
  static async open(folder: string, onChange: () => void): Promise<FolderProject> {
    const root = resolve(folder);
    await requireFolder(root, folder);
    await makeFolder(join(root, OWN_FOLDER)).catch((error: unknown) => {
      throw writeError(join(root, OWN_FOLDER), error);
    });
    const lock = await lockFile(resolvePlace(root, STUDIO_LOCK), {
      onAlive: () => {
        throw new GraftError('file-exists', {
          where: `project "${folder}"`,
          expected: 'to be open in one studio',
          received: 'a folder that another studio has open',
          advice: 'Use that one, or end it first with Ctrl-C.',
        });
      },
    });
    try {
      const project = new FolderProject(root, lock, await openJournal(root), onChange);
      await project.finish();
      return project;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}

function placeOf(root: string, lock: FileLock): ProjectPlace {
  return {
    name: basename(root),
    where: root,
    scan: () =>
      scanProject(root).catch((cause: unknown) => {
        throw goneError(root, cause);
      }),
    has: (path) => existsSync(resolvePlace(root, path)),
    store: (folder, files) => storeAdded(root, folder, files),
    perform: (steps, onMove) => doSteps(root, steps, onMove),
    close: () => lock.release(),
  };
}
