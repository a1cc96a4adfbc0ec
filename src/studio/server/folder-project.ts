/** @file The project of a folder of this machine, of images or of texts: the folders stay the truth. */

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { FileLock } from '../../node/files/file-lock.ts';
import type { HeldExamples } from '../engine/project-state.ts';
import type { EditJournal } from '../project/edit-journal.ts';
import { Project } from '../project/project.ts';
import { type EditStep, editStepSchema, OWN_FOLDER, type ProjectPlace } from '../project/project-place.ts';
import { doSteps } from './edit-steps.ts';
import { filesOf } from './held-files.ts';
import { openJournal } from './journal-file.ts';
import { goneError, lockProject, requireFolder } from './project-folder.ts';
import { JOURNAL, resolvePlace } from './project-paths.ts';
import type { ExampleContents, StudioProject } from './studio-project.ts';

/** What a folder is opened with. */
interface FolderParts {
  readonly holds: HeldExamples;
  readonly lock: FileLock;
  readonly journal: EditJournal<EditStep>;
}

/** One folder, which no other studio has open. */
export class FolderProject extends Project implements StudioProject {
  readonly root: string;
  readonly contents: ExampleContents;

  private constructor(root: string, { holds, lock, journal }: FolderParts, onChange: () => void) {
    super({ place: placeOf(root, holds, lock), journal, onChange });
    this.root = root;
    this.contents = filesOf(holds).contents(root, this.index);
  }

  /**
   * Opens a folder, made where it is not there, and finishes an edit that was cut short.
   *
   * @param onChange - Hears that the state is another.
   * @param holds - What its files are. Default images.
   * @throws {GraftError} `dataset`, if it is no folder; `file-exists`, if another studio has it open; `file-write`.
   */
  static async open(
    folder: string,
    onChange: () => void,
    holds: HeldExamples = 'images',
  ): Promise<FolderProject> {
    const root = resolve(folder);
    await requireFolder(root, folder);
    const lock = await lockProject(join(root, OWN_FOLDER), folder);
    try {
      const journal = await openJournal(join(root, JOURNAL), editStepSchema);
      const project = new FolderProject(root, { holds, lock, journal }, onChange);
      await project.finish();
      return project;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get runName(): string {
    return basename(this.root);
  }

  /** The class folders, of which a model of texts is asked one by one. */
  get asked(): readonly string[] {
    if (this.holds === 'images') return [this.root];
    return this.folders.map(({ path }) => resolvePlace(this.root, path));
  }

  async trainingData(): Promise<string> {
    return this.root;
  }
}

function placeOf(root: string, holds: HeldExamples, lock: FileLock): ProjectPlace {
  const files = filesOf(holds);
  return {
    name: basename(root),
    where: root,
    holds,
    scan: () =>
      files.scan(root).catch((cause: unknown) => {
        throw goneError(root, cause);
      }),
    has: (path) => existsSync(resolvePlace(root, path)),
    store: (folder, added) => files.store(root, folder, added),
    perform: (steps, onMove) => doSteps(root, steps, onMove),
    close: () => lock.release(),
  };
}
