/**
 * @file A project that is a table of texts, wherever it lies: a text is a row, its class a cell. What is edited is changed there, and
 * nothing beside it; rows that are taken out are kept in the journal.
 */

import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import type { AddReport, EditReport, ProjectState } from '../engine/project-state.ts';
import { NOT_A_TEXT, textOf } from './added-text.ts';
import { classThere, noClass, requireLabel } from './class-name.ts';
import { EditHistory } from './edit-history.ts';
import type { EditJournal } from './edit-journal.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';
import { addRows, binRows, relabelRows, removeMade } from './plan-table-edits.ts';
import type { AddableFile } from './project-place.ts';
import { type BesideRows, ShownRows } from './shown-rows.ts';
import type { TableExample } from './table-example.ts';
import type { TableRow } from './table-row.ts';
import { afterSteps, besideRows, reversedTable, type TableHand, type TableStep } from './table-steps.ts';
import type { TextTable } from './text-table.ts';

/** Where a table lies. */
export interface TablePlace {
  /** Of the table, with its ending. */
  readonly name: string;
  /** Where it is, for people. */
  readonly where: string;
  /** As it was read last: how its rows are written. */
  readonly table: TextTable;
  /** What is in it, in a few letters; undefined where it stays as it was, and the journal alone tells what was edited. */
  readonly hash: string | undefined;
  /** Reads it again, if another program has changed it. @returns Whether one has. */
  refresh(): Promise<boolean>;
  /** Writes it with other rows. @throws {GraftError} `file-write`: the table is as it was; `argument`, if its encoding does not have a letter. */
  write(rows: readonly TableRow[]): Promise<void>;
  /** What is told where it cannot be read. */
  goneError(cause: unknown): Error;
  close(): Promise<void>;
}

/** What a project of a table is made of. */
export interface TableParts {
  /** Which no other studio has open. */
  readonly place: TablePlace;
  readonly journal: EditJournal<TableStep>;
  /** Hears that {@link TableProject.state} is another. */
  readonly onChange: () => void;
}

export class TableProject {
  readonly holds = 'texts';
  readonly #journal: EditJournal<TableStep>;
  readonly #edits: EditHistory<TableStep>;
  readonly #onChange: () => void;
  readonly #file: TablePlace;
  readonly #shown: ShownRows;
  readonly #hand: TableHand<TableExample> = {
    relabel: (row, label) => this.#file.table.labeled(row, label),
    create: (raw, text, label) => this.#shown.held({ ...this.#file.table.row(text, label), raw }),
  };
  #notes: readonly string[] = [];

  /** Its rows are known after {@link begin}. */
  constructor({ place, journal, onChange }: TableParts) {
    this.#journal = journal;
    this.#file = place;
    this.#shown = new ShownRows(place.name);
    this.#onChange = onChange;
    this.#edits = new EditHistory(journal, {
      perform: (steps) => this.#perform(steps),
      reversed: reversedTable,
      state: () => this.#file.hash,
      onDone: () => this.#tell(),
    });
  }

  /** Finishes an edit that was cut short; to be called before anything is asked. */
  async begin(): Promise<void> {
    if (this.#file.hash === undefined) this.#replay();
    else {
      this.#shown.takeTable(this.#file.table, this.#remembered());
      await this.#edits.finish(async (steps, state) => {
        // Else it was done before the kill.
        if (state === this.#file.hash) await this.#perform(steps);
      });
    }
    this.#tell();
  }

  get classNames(): readonly string[] {
    return this.#shown.classNames;
  }

  get index(): ImageIndex {
    return this.#shown.index;
  }

  /** The rows that a training or a check can take: those with a label. To be asked in an edit's turn. */
  labeledRows(): readonly TableRow[] {
    return this.#shown.content.rows.flatMap(({ row }) => (row.label === '' ? [] : row));
  }

  /** Texts with a label, by what reports on a table of {@link labeledRows} call them. @param name - Of that table. */
  labeledExamples(name: string): ReadonlyMap<string, IndexedImage> {
    const labeled = this.#shown.content.rows.filter(({ row }) => row.label !== '');
    const lines = this.#file.table.lines(labeled.map(({ row }) => row));
    return new Map(labeled.map(({ about }, at) => [`${name}, line ${lines[at]}`, about]));
  }

  /** All rows, in their order. */
  get rows(): readonly TableRow[] {
    return this.#shown.content.rows.map(({ row }) => row);
  }

  state(): ProjectState {
    const { byClass, unlabeled } = this.#shown.counts();
    return {
      name: this.#file.name,
      holds: 'texts',
      folder: this.#file.where,
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
        const error = 'parts' in (cause as object) ? (cause as Error) : this.#file.goneError(cause);
        this.#notes = [error.message];
        throw error;
      } finally {
        this.#tell();
      }
    });
  }

  /** Each file is a text, which becomes the last row. */
  add(className: string, files: readonly AddableFile[], group: string): Promise<AddReport> {
    return this.edited(async () => {
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
    return this.edited(() => {
      const name = requireLabel(given, this.classNames);
      if (this.classNames.includes(name)) throw classThere(name);
      return this.#edits.edit(`make the class ${quoteList([name])}`, [{ op: 'make', className: name }]);
    });
  }

  renameClass(from: string, given: string): Promise<EditReport> {
    return this.edited(() => {
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
    return this.edited(() => {
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
    return this.edited(() => {
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
    return this.edited(() => {
      const asked = new Set(ids);
      const steps = binRows(this.#shown.content, ({ about }) => asked.has(about.id));
      return this.#edits.edit(`move ${countOf(steps)} to the bin`, steps);
    });
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.edited(() => {
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
    await this.#file.close();
  }

  /** In turn, on the table as it is. */
  protected edited<T>(work: () => T | Promise<T>): Promise<T> {
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
    const { content, changed, missing } = afterSteps(this.#shown.content, steps, this.#hand);
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
      this.#hand.create,
    );
  }

  /** Does all edits of the journal to the table as it was first. */
  #replay(): void {
    const { table } = this.#file;
    this.#shown.takeTable(table, { binned: [], made: new Set() });
    let { content } = this.#shown;
    for (const { steps } of this.#journal.done) ({ content } = afterSteps(content, steps, this.#hand));
    this.#shown.take(content, table);
  }

  #tell(): void {
    this.index.changed();
    this.#onChange();
  }

  #requireClass(name: string): void {
    if (!this.classNames.includes(name)) throw noClass(name);
  }
}

function countOf({ length }: readonly unknown[]): string {
  return formatCount(length, 'text');
}
