/**
 * @file A project that is a table of texts: a text is a row, its class a cell. What is edited is changed in the person's own file, and
 * nothing beside it; rows that are taken out are kept in the journal.
 */

import { basename, dirname, extname, join, resolve } from 'node:path';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import type { FileLock } from '../../node/files/file-lock.ts';
import type { AddReport, EditReport, ProjectState } from '../engine/project-state.ts';
import { classThere, noClass, requireLabel } from '../project/class-name.ts';
import { EditHistory } from '../project/edit-history.ts';
import type { EditJournal } from '../project/edit-journal.ts';
import type { ImageIndex } from '../project/image-index.ts';
import { type AddableFile, OWN_FOLDER } from '../project/project-place.ts';
import { NOT_A_TEXT, textOf } from './added-files.ts';
import { openJournal } from './journal-file.ts';
import { addRows, binRows, relabelRows, removeMade } from './plan-table-edits.ts';
import { goneError, lockProject } from './project-folder.ts';
import { JOURNAL_FILE } from './project-paths.ts';
import { type BesideRows, ShownRows } from './shown-rows.ts';
import type { ExampleContents, StudioProject } from './studio-project.ts';
import { TableFile } from './table-file.ts';
import { afterSteps, besideRows, reversedTable, type TableStep, tableStepSchema } from './table-steps.ts';

/** One table, which no other studio has open. */
export class TableProject implements StudioProject {
  readonly root: string;
  readonly holds = 'texts';
  readonly contents: ExampleContents = NOTHING_TO_READ;
  readonly #lock: FileLock;
  readonly #journal: EditJournal<TableStep>;
  readonly #edits: EditHistory<TableStep>;
  readonly #onChange: () => void;
  readonly #file: TableFile;
  readonly #shown: ShownRows;
  #notes: readonly string[] = [];

  private constructor(
    root: string,
    { lock, journal }: { readonly lock: FileLock; readonly journal: EditJournal<TableStep> },
    file: TableFile,
    onChange: () => void,
  ) {
    this.root = root;
    this.#lock = lock;
    this.#journal = journal;
    this.#file = file;
    this.#shown = new ShownRows(basename(root));
    this.#onChange = onChange;
    this.#edits = new EditHistory(journal, {
      perform: (steps) => this.#perform(steps),
      reversed: reversedTable,
      state: () => this.#file.hash,
      onDone: () => this.#tell(),
    });
  }

  /**
   * Opens a table, and finishes an edit that was cut short.
   *
   * @param onChange - Hears that {@link state} is another.
   * @throws {GraftError} `dataset`, if it is none of texts with one class each; `file-exists`, if another studio has it open;
   *   `file-write`.
   */
  static async open(file: string, onChange: () => void): Promise<TableProject> {
    const root = resolve(file);
    const own = ownFolder(root);
    const table = await TableFile.open(root, own);
    const lock = await lockProject(own, file);
    try {
      // It may have been changed by the studio that had the lock.
      await table.refresh();
      const journal = await openJournal(join(own, JOURNAL_FILE), tableStepSchema);
      const project = new TableProject(root, { lock, journal }, table, onChange);
      project.#shown.takeTable(table.table, project.#remembered());
      await project.#edits.finish(async (steps, state) => {
        // Else it was done before the kill.
        if (state === project.#file.hash) await project.#perform(steps);
      });
      project.#tell();
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

  get classNames(): readonly string[] {
    return this.#shown.classNames;
  }

  get index(): ImageIndex {
    return this.#shown.index;
  }

  /** A training needs a label for each text: those without are left out. */
  trainingData(): Promise<string> {
    return this.#edit(async () => {
      const labeled = this.#shown.content.rows.filter(({ row }) => row.label !== '');
      if (labeled.length === this.#shown.content.rows.length) return this.root;
      return this.#file.copy(
        'labeled',
        labeled.map(({ row }) => row),
      );
    });
  }

  state(): ProjectState {
    const { byClass, unlabeled } = this.#shown.counts();
    return {
      name: basename(this.root),
      holds: 'texts',
      folder: this.root,
      version: this.index.version,
      classes: [...byClass].map(([name, images]) => ({ name, images })),
      parts: [],
      binned: this.#shown.content.binned.length,
      unlabeled,
      undo: this.#edits.undoName,
      redo: this.#edits.redoName,
      isScanning: false,
      notes: this.#notes,
    };
  }

  rescan(): Promise<void> {
    return this.#edits.inTurn(async () => {
      try {
        const isOther = await this.#refresh();
        if (!isOther && this.#notes.length === 0) return;
        this.#notes = [];
      } catch (cause) {
        const error = 'parts' in (cause as object) ? (cause as Error) : goneError(this.root, cause);
        this.#notes = [error.message];
        throw error;
      } finally {
        this.#tell();
      }
    });
  }

  /** Each file is a text, which becomes the last row. */
  add(className: string, files: readonly AddableFile[], group: string): Promise<AddReport> {
    return this.#edit(async () => {
      const name = className === '' ? '' : requireLabel(className, this.classNames);
      const refused = files.filter(({ bytes }) => textOf(bytes) === undefined);
      const texts = files.flatMap(({ bytes }) => textOf(bytes) ?? []);
      const steps = addRows(
        this.#shown.content,
        texts.map((text) => this.#file.table.row(text, name)),
      );
      const to = name === '' ? '' : ` to ${quoteList([name])}`;
      const { images } = await this.#edits.edit(`add ${countOf(texts)}${to}`, steps, group);
      return { added: images, refused: refused.map((each) => ({ name: each.name, reason: NOT_A_TEXT })) };
    });
  }

  makeClass(given: string): Promise<EditReport> {
    return this.#edit(() => {
      const name = requireLabel(given, this.classNames);
      if (this.classNames.includes(name)) throw classThere(name);
      return this.#edits.edit(`make the class ${quoteList([name])}`, [{ op: 'make', className: name }]);
    });
  }

  renameClass(from: string, given: string): Promise<EditReport> {
    return this.#edit(() => {
      this.#requireClass(from);
      const others = this.classNames.filter((name) => name !== from);
      const to = requireLabel(given, others);
      if (to === from) return { done: 'nothing', images: 0, left: [] };
      this.#shown.forget(from);
      const [what, how] = others.includes(to) ? ['merge', 'into'] : ['rename', 'to'];
      return this.#edits.edit(`${what} ${quoteList([from])} ${how} ${quoteList([to])}`, [
        ...relabelRows(this.#shown.content, ({ row }) => row.label === from, to),
        ...removeMade(this.#shown.content, from, to),
      ]);
    });
  }

  binClass(name: string): Promise<EditReport> {
    return this.#edit(() => {
      this.#requireClass(name);
      const steps = [
        ...binRows(this.#shown.content, ({ row }) => row.label === name),
        ...removeMade(this.#shown.content, name),
      ];
      this.#shown.forget(name);
      return this.#edits.edit(`move the class ${quoteList([name])} to the bin`, steps);
    });
  }

  relabel(ids: readonly number[], className: string): Promise<EditReport> {
    return this.relabelEach([{ ids, className }]);
  }

  relabelEach(
    moves: readonly { readonly ids: readonly number[]; readonly className: string }[],
  ): Promise<EditReport> {
    return this.#edit(() => {
      const steps = moves.flatMap(({ ids, className }) => {
        this.#requireClass(className);
        const asked = new Set(ids);
        return relabelRows(this.#shown.content, ({ about }) => asked.has(about.id), className);
      });
      const classes = quoteList(moves.map(({ className }) => className));
      return this.#edits.edit(`move ${countOf(steps)} to ${classes}`, steps);
    });
  }

  bin(ids: readonly number[]): Promise<EditReport> {
    return this.#edit(() => {
      const asked = new Set(ids);
      const steps = binRows(this.#shown.content, ({ about }) => asked.has(about.id));
      return this.#edits.edit(`move ${countOf(steps)} to the bin`, steps);
    });
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.#edit(() => {
      const asked = new Set(ids);
      const found = this.#shown.content.binned.filter(({ about }) => asked.has(about.id));
      const steps = addRows(
        this.#shown.content,
        found.map(({ row }) => row),
      );
      return this.#edits.edit(`take ${countOf(steps)} out of the bin`, steps);
    });
  }

  undo(): Promise<EditReport> {
    return this.#refreshed(() => this.#edits.undo());
  }

  redo(): Promise<EditReport> {
    return this.#refreshed(() => this.#edits.redo());
  }

  async close(): Promise<void> {
    await this.#edits.close();
    await this.#lock.release();
  }

  /** In turn, on the table as it is. */
  #edit<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#edits.inTurn(async () => {
      await this.#refresh();
      return work();
    });
  }

  async #refreshed<T>(work: () => Promise<T>): Promise<T> {
    await this.#edits.inTurn(() => this.#refresh());
    return work();
  }

  async #perform(steps: readonly TableStep[]): Promise<Pick<EditReport, 'images' | 'left'>> {
    const { content, changed, missing } = afterSteps(this.#shown.content, steps, {
      relabel: (row, label) => this.#file.table.labeled(row, label),
      create: (raw, text, label) => this.#shown.held({ ...this.#file.table.row(text, label), raw }),
    });
    if (changed > 0) await this.#file.write(content.rows.map(({ row }) => row));
    if (steps.every(({ op }) => op === 'label')) this.#shown.takeLabels(content);
    else this.#shown.take(content, this.#file.table);
    return {
      images: changed,
      left: missing.map((at) => ({ name: `row ${at + 1}`, reason: 'another program changed it' })),
    };
  }

  /** Takes over what another program has changed. */
  async #refresh(): Promise<boolean> {
    const isOther = await this.#file.refresh();
    if (isOther) this.#shown.takeTable(this.#file.table, this.#shown.content);
    return isOther;
  }

  /** What the journal alone knows. */
  #remembered(): BesideRows {
    const { done, open } = this.#journal;
    // What a kill left undone is in the journal, and not yet in the table.
    const isLeft = open !== undefined && open.state === this.#file.hash;
    const edits = !isLeft ? done : open.direction === 'forward' ? done.slice(0, -1) : [...done, open.edit];
    return besideRows(
      edits.flatMap(({ steps }) => steps),
      (raw, text, label) => this.#shown.held({ ...this.#file.table.row(text, label), raw }),
    );
  }

  #tell(): void {
    this.index.changed();
    this.#onChange();
  }

  #requireClass(name: string): void {
    if (!this.classNames.includes(name)) throw noClass(name);
  }
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

function countOf({ length }: readonly unknown[]): string {
  return formatCount(length, 'text');
}
