/** @file The project of a table of this machine: the person's own file stays the truth. */

import { basename, dirname, extname, join, resolve } from 'node:path';
import type { FileLock } from '../../node/files/file-lock.ts';
import type { IndexedImage } from '../project/image-index.ts';
import { OWN_FOLDER } from '../project/project-place.ts';
import { type TableParts, TableProject } from '../project/table-project.ts';
import { tableStepSchema } from '../project/table-steps.ts';
import { openJournal } from './journal-file.ts';
import { goneError, lockProject } from './project-folder.ts';
import { JOURNAL_FILE } from './project-paths.ts';
import type { ExampleContents, StudioProject } from './studio-project.ts';
import { TableFile } from './table-file.ts';

/** Of the copy without what has no label. */
const LABELED = 'labeled';

/** One table, which no other studio has open. */
export class FileTableProject extends TableProject implements StudioProject {
  readonly root: string;
  readonly contents: ExampleContents = NOTHING_TO_READ;
  readonly #table: TableFile;

  private constructor(
    root: string,
    { table, lock, journal, onChange }: Omit<TableParts, 'place'> & FileParts,
  ) {
    super({ place: placeOf(root, table, lock), journal, onChange });
    this.root = root;
    this.#table = table;
  }

  /**
   * Opens a table, and finishes an edit that was cut short.
   *
   * @param onChange - Hears that the state is another.
   * @throws {GraftError} `dataset`, if it is none of texts with one class each; `file-exists`, if another studio has it open;
   *   `file-write`.
   */
  static async open(file: string, onChange: () => void): Promise<FileTableProject> {
    const root = resolve(file);
    const own = ownFolder(root);
    const table = await TableFile.open(root, own);
    const lock = await lockProject(own, file);
    try {
      // It may have been changed by the studio that had the lock.
      await table.refresh();
      const journal = await openJournal(join(own, JOURNAL_FILE), tableStepSchema);
      const project = new FileTableProject(root, { table, lock, journal, onChange });
      await project.begin();
      return project;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** As `graft train` names runs: without the ending. */
  get runName(): string {
    return basename(this.root, extname(this.root));
  }

  get asked(): readonly string[] {
    return [this.root];
  }

  checkedExamples(): ReadonlyMap<string, IndexedImage> {
    return this.labeledExamples(this.#hasAllLabels ? basename(this.root) : `${LABELED}${extname(this.root)}`);
  }

  /** A training and a check need a label for each text: those without are left out. */
  trainingData(): Promise<string> {
    return this.edited(async () => {
      return this.#hasAllLabels ? this.root : this.#table.copy(LABELED, this.labeledRows());
    });
  }

  get #hasAllLabels(): boolean {
    return this.labeledRows().length === this.rows.length;
  }
}

interface FileParts {
  readonly table: TableFile;
  readonly lock: FileLock;
}

function placeOf(root: string, table: TableFile, lock: FileLock): TableParts['place'] {
  return {
    name: basename(root),
    where: root,
    get table() {
      return table.table;
    },
    get hash() {
      return table.hash;
    },
    refresh: () => table.refresh(),
    write: (rows) => table.write(rows),
    goneError: (cause) => goneError(root, cause),
    close: () => lock.release(),
  };
}

/** What a table says is read with it. */
const NOTHING_TO_READ: ExampleContents = {
  async hash() {},
  read: async () => undefined,
  thumbnail: async () => undefined,
};

/** Of one table: others may lie beside it. */
function ownFolder(root: string): string {
  return join(dirname(root), OWN_FOLDER, basename(root));
}
