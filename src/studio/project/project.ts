/** @file A project: class folders, their images, and the edits of them, one at a time. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { AddReport, EditReport, PartName, ProjectState } from '../engine/project-state.ts';
import { foldersAfter, placeAmong } from './class-folders.ts';
import { requireClassName } from './class-name.ts';
import type { Edit, EditJournal } from './edit-journal.ts';
import { ImageIndex, type IndexedImage } from './image-index.ts';
import {
  binSteps,
  FreeNames,
  findFolder,
  mergeSteps,
  relabelSteps,
  removeFolders,
  renameSteps,
  restoreSteps,
} from './plan-edits.ts';
import {
  type AddableFile,
  BIN,
  type ClassFolder,
  type EditStep,
  lastName,
  type ProjectPlace,
  type ProjectScan,
  reversed,
} from './project-place.ts';

/** What a project is made of. */
export interface ProjectParts {
  /** Which no other studio has open. */
  readonly place: ProjectPlace;
  readonly journal: EditJournal;
  /** Hears that the state is another. */
  readonly onChange: () => void;
}

export class Project {
  readonly index: ImageIndex = new ImageIndex();
  readonly #place: ProjectPlace;
  readonly #journal: EditJournal;
  readonly #onChange: () => void;
  #folders: readonly ClassFolder[] = [];
  #parts: readonly PartName[] = [];
  #notes: readonly string[] = [];
  #isScanning = true;
  /** Edits wait for one another. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Images are read by {@link rescan}. */
  constructor({ place, journal, onChange }: ProjectParts) {
    this.#place = place;
    this.#journal = journal;
    this.#onChange = onChange;
  }

  get classNames(): readonly string[] {
    return [...new Set(this.#folders.map(({ className }) => className))].sort(compareNaturally);
  }

  state(): ProjectState {
    const counts = new Map<string, number>(this.classNames.map((name) => [name, 0]));
    let binned = 0;
    for (const { className } of this.index.all) {
      if (className === null) binned++;
      else counts.set(className, (counts.get(className) ?? 0) + 1);
    }
    return {
      name: this.#place.name,
      folder: this.#place.where,
      version: this.index.version,
      classes: [...counts].map(([name, images]) => ({ name, images })),
      parts: this.#parts,
      binned,
      undo: nameOfGroup(this.#journal.undoable),
      redo: nameOfGroup(this.#journal.redoable),
      isScanning: this.#isScanning,
      notes: this.#notes,
    };
  }

  /**
   * Reads the folders again: what other programs did is shown.
   *
   * @throws {GraftError} `file-not-found`, if the project is gone or cannot be read; {@link state} says so, too.
   */
  rescan(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isScanning = true;
      try {
        const scan = await this.#place.scan();
        if (!this.#isAsKnown(scan)) this.index.take(scan);
        this.#folders = scan.folders;
        this.#parts = scan.parts;
        this.#notes = scan.notes;
      } catch (error) {
        this.#notes = [(error as Error).message];
        throw error;
      } finally {
        this.#isScanning = false;
        this.#onChange();
      }
    });
  }

  async add(className: string, files: readonly AddableFile[], group: string): Promise<AddReport> {
    return this.#inTurn(async () => {
      const name = requireClassName(className, this.classNames);
      const folder = findFolder(this.#folders, name, this.#parts[0] ?? null);
      const batch = newBatch();
      const { stored, refused } = await this.#place.store(`${BIN}/${batch}/${folder}`, files);
      if (stored.length === 0) return { added: 0, refused };
      const names = this.#freeNames();
      const steps = stored.map(
        (file): EditStep => ({
          op: 'move',
          from: `${BIN}/${batch}/${folder}/${file}`,
          to: names.next(folder, file),
        }),
      );
      const made: EditStep[] = this.classNames.includes(name) ? [] : [{ op: 'make', folder }];
      const text = `add ${formatCount(stored.length, 'image')} to ${quoteList([name])}`;
      const { images, left } = await this.#edit(text, [...made, ...steps], group);
      return { added: images, refused: [...refused, ...left] };
    });
  }

  makeClass(given: string): Promise<EditReport> {
    return this.#inTurn(() => {
      const name = requireClassName(given, this.classNames);
      if (this.classNames.includes(name)) throw classThere(name);
      const folder = findFolder(this.#folders, name, this.#parts[0] ?? null);
      return this.#edit(`make the class ${quoteList([name])}`, [{ op: 'make', folder }]);
    });
  }

  renameClass(from: string, given: string): Promise<EditReport> {
    return this.#inTurn(() => {
      this.#requireClass(from);
      const others = this.classNames.filter((name) => name !== from);
      const to = requireClassName(given, others);
      if (to === from) return { done: 'nothing', images: 0, left: [] };
      if (others.includes(to)) {
        const steps = mergeSteps(this.#imagesOf(from), from, to, this.#folders, this.#freeNames());
        return this.#edit(`merge ${quoteList([from])} into ${quoteList([to])}`, steps);
      }
      return this.#edit(
        `rename ${quoteList([from])} to ${quoteList([to])}`,
        renameSteps(from, to, this.#folders),
      );
    });
  }

  binClass(name: string): Promise<EditReport> {
    return this.#inTurn(() => {
      this.#requireClass(name);
      const steps = [...binSteps(this.#imagesOf(name), newBatch()), ...removeFolders(name, this.#folders)];
      return this.#edit(`move the class ${quoteList([name])} to the bin`, steps);
    });
  }

  relabel(ids: readonly number[], className: string): Promise<EditReport> {
    return this.relabelEach([{ ids, className }]);
  }

  /** Images to several classes, as one edit. */
  relabelEach(
    moves: readonly { readonly ids: readonly number[]; readonly className: string }[],
  ): Promise<EditReport> {
    return this.#inTurn(() => {
      const names = this.#freeNames();
      const steps = moves.flatMap(({ ids, className }) => {
        this.#requireClass(className);
        const images = this.#known(ids).filter((image) => image.className !== null);
        return relabelSteps(images, className, this.#folders, names);
      });
      const classes = quoteList(moves.map(({ className }) => className));
      return this.#edit(`move ${formatCount(steps.length, 'image')} to ${classes}`, steps);
    });
  }

  bin(ids: readonly number[]): Promise<EditReport> {
    return this.#inTurn(() => {
      const images = this.#known(ids).filter(({ className }) => className !== null);
      return this.#edit(
        `move ${formatCount(images.length, 'image')} to the bin`,
        binSteps(images, newBatch()),
      );
    });
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.#inTurn(() => {
      const images = this.#known(ids).filter(({ className }) => className === null);
      const steps = restoreSteps(images, this.#freeNames());
      return this.#edit(`take ${formatCount(steps.length, 'image')} out of the bin`, steps);
    });
  }

  undo(): Promise<EditReport> {
    return this.#inTurn(async () => {
      const edits = [...this.#journal.undoable];
      const reports: EditReport[] = [];
      for (const edit of edits) {
        await this.#journal.beginUndo(edit);
        reports.push(await this.#perform(edit, reversed(edit.steps)));
      }
      return this.#joined(`undone: ${nameOfGroup(edits) ?? 'nothing'}`, reports);
    });
  }

  redo(): Promise<EditReport> {
    return this.#inTurn(async () => {
      const edits = [...this.#journal.redoable];
      const reports: EditReport[] = [];
      for (const edit of edits) {
        await this.#journal.beginRedo(edit);
        reports.push(await this.#perform(edit, edit.steps));
      }
      return this.#joined(`redone: ${nameOfGroup(edits) ?? 'nothing'}`, reports);
    });
  }

  /** Finishes what a kill left in the middle; to be called before anything is read. */
  async finish(): Promise<void> {
    const { open } = this.#journal;
    if (open === undefined) return;
    const { edit, direction } = open;
    await this.#place.perform(direction === 'forward' ? edit.steps : reversed(edit.steps), () => {});
    await this.#journal.end(edit);
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => undefined);
    await this.#journal.close();
    await this.#place.close();
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #edit(name: string, steps: readonly EditStep[], group?: string): Promise<EditReport> {
    if (steps.length === 0) return { done: 'nothing', images: 0, left: [] };
    const edit = await this.#journal.begin({ name, group, steps });
    return this.#joined(name, [await this.#perform(edit, steps)]);
  }

  async #perform(edit: Edit, steps: readonly EditStep[]): Promise<EditReport> {
    let images = 0;
    const left = await this.#place.perform(steps, (step) => {
      images++;
      if (step.op === 'rename') this.index.moveFolder(step.from, step.to, lastName(step.to));
      else this.index.move(step.from, step.to, placeAmong(step.to, this.#folders, this.#parts));
    });
    await this.#journal.end(edit);
    this.#folders = foldersAfter(this.#folders, steps, this.#parts).filter(({ path }) =>
      this.#place.has(path),
    );
    return {
      done: edit.name,
      images,
      left: left.map(({ path, reason }) => ({ name: lastName(path), reason })),
    };
  }

  #joined(done: string, reports: readonly EditReport[]): EditReport {
    this.index.changed();
    this.#onChange();
    return {
      done,
      images: reports.reduce((sum, { images }) => sum + images, 0),
      left: reports.flatMap(({ left }) => left),
    };
  }

  #isAsKnown({ images }: ProjectScan): boolean {
    if (this.index.version === 0) return false;
    if (images.length !== this.index.all.length) return false;
    return images.every(({ path, className, part }) => {
      const known = this.index.at(path);
      return known !== undefined && known.className === className && known.part === part;
    });
  }

  #imagesOf(className: string): readonly IndexedImage[] {
    return this.index.all.filter((image) => image.className === className);
  }

  #known(ids: readonly number[]): IndexedImage[] {
    return ids.flatMap((id) => this.index.get(id) ?? []);
  }

  #freeNames(): FreeNames {
    return new FreeNames((path) => this.index.at(path) !== undefined || this.#place.has(path));
  }

  #requireClass(name: string): void {
    if (this.classNames.includes(name)) return;
    throw new GraftError('argument', {
      where: `class ${quoteList([name])}`,
      expected: 'one of the project',
      received: 'none of that name',
      advice: 'Make it first.',
    });
  }
}

/** A name in the bin, in the order of time. */
function newBatch(): string {
  return `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${crypto.randomUUID().slice(0, 8)}`;
}

function nameOfGroup(edits: readonly Edit[]): string | null {
  const [last] = edits;
  if (last === undefined) return null;
  return edits.length === 1 ? last.name : `${last.name}, and ${edits.length - 1} more`;
}

function classThere(name: string): GraftError {
  return new GraftError('argument', {
    where: `class ${quoteList([name])}`,
    expected: 'a new name',
    received: 'one that is there already',
    advice: 'Give another name.',
  });
}
