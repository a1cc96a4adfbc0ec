/** @file A project of class folders, wherever they lie: a class is a folder, an image or a text is a file in it. */

import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { AddReport, EditReport, HeldExamples, PartName, ProjectState } from '../engine/project-state.ts';
import { foldersAfter, placeAmong } from './class-folders.ts';
import { classThere, noClass, requireClassName } from './class-name.ts';
import { EditHistory } from './edit-history.ts';
import type { EditJournal } from './edit-journal.ts';
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
  readonly journal: EditJournal<EditStep>;
  /** Hears that {@link Project.state} is another. */
  readonly onChange: () => void;
}

const NOUNS = { images: 'image', texts: 'text' } as const;

export class Project {
  readonly holds: HeldExamples;
  readonly index: ImageIndex = new ImageIndex();
  readonly #place: ProjectPlace;
  readonly #edits: EditHistory<EditStep>;
  readonly #onChange: () => void;
  #folders: readonly ClassFolder[] = [];
  #parts: readonly PartName[] = [];
  #notes: readonly string[] = [];
  #isScanning = true;

  /** Files are read by {@link rescan}. */
  constructor({ place, journal, onChange }: ProjectParts) {
    this.holds = place.holds;
    this.#place = place;
    this.#onChange = onChange;
    this.#edits = new EditHistory(journal, {
      perform: (steps) => this.#perform(steps),
      reversed,
      onDone: () => {
        this.index.changed();
        this.#onChange();
      },
    });
  }

  /** Of the classes, in all parts of the data. */
  get folders(): readonly ClassFolder[] {
    return this.#folders;
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
      holds: this.holds,
      folder: this.#place.where,
      version: this.index.version,
      classes: [...counts].map(([name, images]) => ({ name, images })),
      parts: this.#parts,
      binned,
      undo: this.#edits.undoName,
      redo: this.#edits.redoName,
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
    return this.#edits.inTurn(async () => {
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
    return this.#edits.inTurn(async () => {
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
      const text = `add ${this.#count(stored.length)} to ${quoteList([name])}`;
      const { images, left } = await this.#edits.edit(text, [...made, ...steps], group);
      return { added: images, refused: [...refused, ...left] };
    });
  }

  makeClass(given: string): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      const name = requireClassName(given, this.classNames);
      if (this.classNames.includes(name)) throw classThere(name);
      const folder = findFolder(this.#folders, name, this.#parts[0] ?? null);
      return this.#edits.edit(`make the class ${quoteList([name])}`, [{ op: 'make', folder }]);
    });
  }

  renameClass(from: string, given: string): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      this.#requireClass(from);
      const others = this.classNames.filter((name) => name !== from);
      const to = requireClassName(given, others);
      if (to === from) return { done: 'nothing', images: 0, left: [] };
      if (others.includes(to)) {
        const steps = mergeSteps(this.#imagesOf(from), from, to, this.#folders, this.#freeNames());
        return this.#edits.edit(`merge ${quoteList([from])} into ${quoteList([to])}`, steps);
      }
      return this.#edits.edit(
        `rename ${quoteList([from])} to ${quoteList([to])}`,
        renameSteps(from, to, this.#folders),
      );
    });
  }

  binClass(name: string): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      this.#requireClass(name);
      const steps = [...binSteps(this.#imagesOf(name), newBatch()), ...removeFolders(name, this.#folders)];
      return this.#edits.edit(`move the class ${quoteList([name])} to the bin`, steps);
    });
  }

  relabel(ids: readonly number[], className: string): Promise<EditReport> {
    return this.relabelEach([{ ids, className }]);
  }

  /** Images to several classes, as one edit. */
  relabelEach(
    moves: readonly { readonly ids: readonly number[]; readonly className: string }[],
  ): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      const names = this.#freeNames();
      const steps = moves.flatMap(({ ids, className }) => {
        this.#requireClass(className);
        const images = this.#known(ids).filter((image) => image.className !== null);
        return relabelSteps(images, className, this.#folders, names);
      });
      const classes = quoteList(moves.map(({ className }) => className));
      return this.#edits.edit(`move ${this.#count(steps.length)} to ${classes}`, steps);
    });
  }

  bin(ids: readonly number[]): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      const images = this.#known(ids).filter(({ className }) => className !== null);
      return this.#edits.edit(`move ${this.#count(images.length)} to the bin`, binSteps(images, newBatch()));
    });
  }

  restore(ids: readonly number[]): Promise<EditReport> {
    return this.#edits.inTurn(() => {
      const images = this.#known(ids).filter(({ className }) => className === null);
      const steps = restoreSteps(images, this.#freeNames());
      return this.#edits.edit(`take ${this.#count(steps.length)} out of the bin`, steps);
    });
  }

  undo(): Promise<EditReport> {
    return this.#edits.undo();
  }

  redo(): Promise<EditReport> {
    return this.#edits.redo();
  }

  /** Finishes what a kill left in the middle; to be called before anything is read. */
  finish(): Promise<void> {
    return this.#edits.finish(async (steps) => void (await this.#place.perform(steps, () => {})));
  }

  async close(): Promise<void> {
    await this.#edits.close();
    await this.#place.close();
  }

  async #perform(steps: readonly EditStep[]): Promise<Pick<EditReport, 'images' | 'left'>> {
    let images = 0;
    const left = await this.#place.perform(steps, (step) => {
      images++;
      if (step.op === 'rename') this.index.moveFolder(step.from, step.to, lastName(step.to));
      else this.index.move(step.from, step.to, placeAmong(step.to, this.#folders, this.#parts));
    });
    this.#folders = foldersAfter(this.#folders, steps, this.#parts).filter(({ path }) =>
      this.#place.has(path),
    );
    return { images, left: left.map(({ path, reason }) => ({ name: lastName(path), reason })) };
  }

  #count(examples: number): string {
    return formatCount(examples, NOUNS[this.holds]);
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
    if (!this.classNames.includes(name)) throw noClass(name);
  }
}

/** A name in the bin, in the order of time. */
function newBatch(): string {
  return `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${crypto.randomUUID().slice(0, 8)}`;
}
