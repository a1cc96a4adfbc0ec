/** @file A project that is a folder of class folders: a class is a folder, an image or a text is a file in it. */

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { compareNaturally } from '../../core/examples/sample.ts';
import type { FileLock } from '../../node/files/file-lock.ts';
import type { AddReport, EditReport, PartName, ProjectState } from '../engine/project-state.ts';
import type { AddableFile } from './added-files.ts';
import { foldersAfter, placeAmong } from './class-folders.ts';
import { classThere, noClass, requireClassName } from './class-name.ts';
import { EditHistory } from './edit-history.ts';
import { EditJournal } from './edit-journal.ts';
import { doSteps, type EditStep, editStepSchema, reversed } from './edit-steps.ts';
import { filesOf, type HeldFiles } from './held-files.ts';
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
import { goneError, lockProject, requireFolder } from './project-folder.ts';
import { BIN, JOURNAL, lastName, OWN_FOLDER, resolvePlace } from './project-paths.ts';
import type { ClassFolder, ProjectScan } from './scan-project.ts';
import type { ExampleContents, HeldExamples, StudioProject } from './studio-project.ts';

/** One folder, which no other studio has open. */
export class Project implements StudioProject {
  readonly root: string;
  readonly holds: HeldExamples;
  readonly index: ImageIndex = new ImageIndex();
  readonly contents: ExampleContents;
  readonly #files: HeldFiles;
  readonly #lock: FileLock;
  readonly #edits: EditHistory<EditStep>;
  readonly #onChange: () => void;
  #folders: readonly ClassFolder[] = [];
  #parts: readonly PartName[] = [];
  #notes: readonly string[] = [];
  #isScanning = true;

  private constructor(
    root: string,
    holds: HeldExamples,
    { lock, journal }: { readonly lock: FileLock; readonly journal: EditJournal<EditStep> },
    onChange: () => void,
  ) {
    this.root = root;
    this.holds = holds;
    this.#files = filesOf(holds);
    this.#lock = lock;
    this.#onChange = onChange;
    this.contents = this.#files.contents(root, this.index);
    this.#edits = new EditHistory(journal, {
      perform: (steps) => this.#perform(steps),
      reversed,
      onDone: () => {
        this.index.changed();
        this.#onChange();
      },
    });
  }

  /**
   * Opens a folder, made where it is not there, and finishes an edit that was cut short. Files are read by {@link rescan}.
   *
   * @param onChange - Hears that {@link state} is another.
   * @param holds - What its files are. Default images.
   * @throws {GraftError} `dataset`, if it is no folder; `file-exists`, if another studio has it open; `file-write`.
   */
  static async open(folder: string, onChange: () => void, holds: HeldExamples = 'images'): Promise<Project> {
    const root = resolve(folder);
    await requireFolder(root, folder);
    const lock = await lockProject(join(root, OWN_FOLDER), folder);
    try {
      const journal = await EditJournal.open(join(root, JOURNAL), editStepSchema);
      const project = new Project(root, holds, { lock, journal }, onChange);
      await project.#edits.finish(async (steps) => void (await doSteps(root, steps, () => {})));
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
    return this.#folders.map(({ path }) => resolvePlace(this.root, path));
  }

  get classNames(): readonly string[] {
    return [...new Set(this.#folders.map(({ className }) => className))].sort(compareNaturally);
  }

  async trainingData(): Promise<string> {
    return this.root;
  }

  state(): ProjectState {
    const counts = new Map<string, number>(this.classNames.map((name) => [name, 0]));
    let binned = 0;
    for (const { className } of this.index.all) {
      if (className === null) binned++;
      else counts.set(className, (counts.get(className) ?? 0) + 1);
    }
    return {
      name: basename(this.root),
      holds: this.holds,
      folder: this.root,
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
   * Reads the folder again: what other programs did is shown.
   *
   * @throws {GraftError} `file-not-found`, if the folder is gone or cannot be read; {@link state} says so, too.
   */
  rescan(): Promise<void> {
    return this.#edits.inTurn(async () => {
      this.#isScanning = true;
      try {
        const scan = await this.#files.scan(this.root);
        if (!this.#isAsKnown(scan)) this.index.take(scan);
        this.#folders = scan.folders;
        this.#parts = scan.parts;
        this.#notes = scan.notes;
      } catch (cause) {
        const error = goneError(this.root, cause);
        this.#notes = [error.message];
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
      const { stored, refused } = await this.#files.store(this.root, `${BIN}/${batch}/${folder}`, files);
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

  async close(): Promise<void> {
    await this.#edits.close();
    await this.#lock.release();
  }

  async #perform(steps: readonly EditStep[]): Promise<Pick<EditReport, 'images' | 'left'>> {
    let images = 0;
    const left = await doSteps(this.root, steps, (step) => {
      images++;
      if (step.op === 'rename') this.index.moveFolder(step.from, step.to, lastName(step.to));
      else this.index.move(step.from, step.to, placeAmong(step.to, this.#folders, this.#parts));
    });
    this.#folders = foldersAfter(this.#folders, steps, this.#parts).filter(({ path }) =>
      existsSync(resolvePlace(this.root, path)),
    );
    return { images, left: left.map(({ path, reason }) => ({ name: lastName(path), reason })) };
  }

  #count(examples: number): string {
    return formatCount(examples, this.#files.noun);
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
    return new FreeNames(
      (path) => this.index.at(path) !== undefined || existsSync(resolvePlace(this.root, path)),
    );
  }

  #requireClass(name: string): void {
    if (!this.classNames.includes(name)) throw noClass(name);
  }
}

/** A name in the bin, in the order of time. */
function newBatch(): string {
  return `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${randomUUID().slice(0, 8)}`;
}
