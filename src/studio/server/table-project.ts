/**
 * @file A project that is a table of texts: a text is a row, its class a cell. What is edited is changed in the person's own file, and
 * nothing beside it; rows that are taken out are kept in the journal.
 */

import { basename, dirname, extname, join, resolve } from 'node:path';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { FileLock } from '../../node/files/file-lock.ts';
import type { AddReport, EditReport, ProjectState } from '../engine/project-state.ts';
import { classThere, noClass, requireLabel } from '../project/class-name.ts';
import { EditHistory } from '../project/edit-history.ts';
import type { EditJournal } from '../project/edit-journal.ts';
import { ImageIndex } from '../project/image-index.ts';
import { type AddableFile, OWN_FOLDER } from '../project/project-place.ts';
import { NOT_A_TEXT, textOf } from './added-files.ts';
import { openJournal } from './journal-file.ts';
import { addRows, binRows, relabelRows, removeMade } from './plan-table-edits.ts';
import { goneError, lockProject } from './project-folder.ts';
import { JOURNAL_FILE } from './project-paths.ts';
import type { ExampleContents, StudioProject } from './studio-project.ts';
import { TableExample } from './table-example.ts';
import { TableFile } from './table-file.ts';
import type { TableRow } from './table-row.ts';
import {
  afterSteps,
  besideRows,
  type Held,
  reversedTable,
  type TableContent,
  type TableStep,
  tableStepSchema,
} from './table-steps.ts';

/** A row, and the example that pages know it by. */
type HeldText = Held<TableExample>;

const EMPTY: TableContent<TableExample> = { rows: [], binned: [], made: new Set() };

/** One table, which no other studio has open. */
export class TableProject implements StudioProject {
  readonly root: string;
  readonly holds = 'texts';
  readonly index: ImageIndex = new ImageIndex();
  readonly contents: ExampleContents = NOTHING_TO_READ;
  readonly #lock: FileLock;
  readonly #journal: EditJournal<TableStep>;
  readonly #edits: EditHistory<TableStep>;
  readonly #onChange: () => void;
  readonly #file: TableFile;
  #content: TableContent<TableExample> = EMPTY;
  /** Classes that had a text since the table was opened: one that loses its last text keeps its place, and its key. */
  readonly #seen = new Set<string>();
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
      project.#takeRows(project.#remembered());
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
    return [...new Set([...this.#content.made, ...this.#seen])].sort(compareNaturally);
  }

  /** A training needs a label for each text: those without are left out. */
  trainingData(): Promise<string> {
    return this.#edit(async () => {
      const labeled = this.#content.rows.filter(({ row }) => row.label !== '');
      if (labeled.length === this.#content.rows.length) return this.root;
      return this.#file.copy(
        'labeled',
        labeled.map(({ row }) => row),
      );
    });
  }

  state(): ProjectState {
    const counts = new Map<string, number>(this.classNames.map((name) => [name, 0]));
    let unlabeled = 0;
    for (const { row } of this.#content.rows) {
      if (row.label === '') unlabeled++;
      else counts.set(row.label, counts.get(row.label)! + 1);
    }
    return {
      name: basename(this.root),
      holds: 'texts',
      folder: this.root,
      version: this.index.version,
      classes: [...counts].map(([name, images]) => ({ name, images })),
      parts: [],
      binned: this.#content.binned.length,
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
        this.#content,
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
      this.#seen.delete(from);
      const [what, how] = others.includes(to) ? ['merge', 'into'] : ['rename', 'to'];
      return this.#edits.edit(`${what} ${quoteList([from])} ${how} ${quoteList([to])}`, [
        ...relabelRows(this.#content, ({ row }) => row.label === from, to),
        ...removeMade(this.#content, from, to),
      ]);
    });
  }

  binClass(name: string): Promise<EditReport> {
    return this.#edit(() => {
      this.#requireClass(name);
      const steps = [
        ...binRows(this.#content, ({ row }) => row.label === name),
        ...removeMade(this.#content, name),
      ];
      this.#seen.delete(name);
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
        return relabelRows(this.#content, ({ about }) => asked.has(about.id), className);
      });
      const classes = quoteList(moves.map(({ className }) => className));
      return this.#edits.edit(`move ${countOf(steps)} to ${classes}`, steps);
    });
  }

  bin(ids: readonly number[]): Promise<EditReport> {
    return this.#edit(() => {
      const asked = new Set(ids);
      const steps = binRows(this.#content, ({ about }) => asked.has(about.id));
      return this.#edits.edit(`move ${countOf(steps)} to the bin`, steps);
    });
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.#edit(() => {
      const asked = new Set(ids);
      const found = this.#content.binned.filter(({ about }) => asked.has(about.id));
      const steps = addRows(
        this.#content,
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
    const { content, changed, missing } = afterSteps(this.#content, steps, {
      relabel: (row, label) => this.#file.table.labeled(row, label),
      create: (raw, text, label) => this.#held({ ...this.#file.table.row(text, label), raw }),
    });
    if (changed > 0) await this.#file.write(content.rows.map(({ row }) => row));
    // Where rows keep their places, a hundred thousand of them need not be looked at for one label.
    if (steps.every(({ op }) => op === 'label')) this.#takeLabels(content);
    else this.#take(content);
    return {
      images: changed,
      left: missing.map((at) => ({ name: `row ${at + 1}`, reason: 'another program changed it' })),
    };
  }

  /** Takes over what another program has changed. */
  async #refresh(): Promise<boolean> {
    const isOther = await this.#file.refresh();
    if (isOther) this.#takeRows(this.#content);
    return isOther;
  }

  /** The rows of the file, with what stands beside them. Texts that were known keep their ids, so that what is selected stays. */
  #takeRows({ made, binned }: Pick<TableContent<TableExample>, 'made' | 'binned'>): void {
    const known = new Map<string, TableExample[]>();
    for (const { about } of this.#content.rows) {
      const same = known.get(about.hash!);
      if (same === undefined) known.set(about.hash!, [about]);
      else same.push(about);
    }
    const rows = this.#file.table.rows.map((row) => {
      const about = known.get(row.hash)?.shift();
      return about === undefined ? this.#held(row) : { row, about };
    });
    this.#take({ rows, made, binned });
  }

  /** What the journal alone knows. */
  #remembered(): Pick<TableContent<TableExample>, 'made' | 'binned'> {
    const { done, open } = this.#journal;
    // What a kill left undone is in the journal, and not yet in the table.
    const isLeft = open !== undefined && open.state === this.#file.hash;
    const edits = !isLeft ? done : open.direction === 'forward' ? done.slice(0, -1) : [...done, open.edit];
    return besideRows(
      edits.flatMap(({ steps }) => steps),
      (raw, text, label) => this.#held({ ...this.#file.table.row(text, label), raw }),
    );
  }

  #held(row: TableRow): HeldText {
    return { row, about: new TableExample(this.index.createId(), row) };
  }

  /** What pages are shown from now on. */
  #take(content: TableContent<TableExample>): void {
    this.#content = content;
    const name = basename(this.root);
    const lines = this.#file.table.lines(content.rows.map(({ row }) => row));
    content.rows.forEach(({ row, about }, at) => {
      about.className = row.label;
      if (row.label !== '') this.#seen.add(row.label);
      about.file = name;
      about.line = lines[at]!;
    });
    content.binned.forEach(({ about }, at) => {
      about.className = null;
      about.line = at + 1;
    });
    this.index.replace([...content.rows, ...content.binned].map(({ about }) => about));
    for (const { row, about } of [...content.rows, ...content.binned])
      if (about.hash !== row.hash) this.index.setHash(about, row.hash, '');
  }

  #takeLabels(content: TableContent<TableExample>): void {
    content.rows.forEach(({ row, about }, at) => {
      if (row === this.#content.rows[at]!.row) return;
      about.className = row.label;
      if (row.label !== '') this.#seen.add(row.label);
    });
    this.#content = content;
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
