/**
 * @file A project that a browser keeps, as folders: images lie by their hashes, texts in the journal, and where each stands is what the journal
 * says. So an edit is one line of a file, done when it is written.
 */

import * as z from 'zod';
import { compareNaturally } from '../../core/examples/sample.ts';
import { inTurns } from '../../core/runtime/in-turns.ts';
import type { HeldExamples } from '../engine/project-state.ts';
import { type JournalFile, journalReader } from '../project/edit-journal.ts';
import { FreeNames } from '../project/plan-edits.ts';
import {
  type AddableFile,
  type EditStep,
  editStepSchema,
  type FoundImage,
  type LeftStep,
  OWN_FOLDER,
  type ProjectPlace,
  type ProjectScan,
  reversed,
  type StoredFiles,
} from '../project/project-place.ts';

/** An image that is kept, by the SHA-256 of its file, or a text, by that of what it says; or why it is none. */
export type KeptImage =
  | { readonly hash: string; readonly name: string; readonly text?: string | undefined }
  | { readonly reason: string };

/** Keeps an image's bytes. @throws {GraftError} `file-write`. */
export type KeepImage = (file: AddableFile) => Promise<KeptImage>;

const storedSchema = z.object({
  stored: z.array(z.tuple([z.string(), z.string().regex(/^[0-9a-f]{64}$/)])),
  /** Of texts, all their letters, one for each that is stored. */
  texts: z.array(z.string()).optional(),
});

/** Images that are read and decoded at once. */
const AT_ONCE = 4;

export class KeptFolder implements ProjectPlace {
  readonly name = 'my-project';
  readonly where = 'kept in this browser';
  readonly holds: HeldExamples;
  readonly #journal: JournalFile;
  readonly #keep: KeepImage;
  /** Hashes by paths. */
  readonly #images = new Map<string, string>();
  readonly #folders = new Set<string>();
  /** What texts say, by their hashes. */
  readonly #texts = new Map<string, string>();

  /** @param text - What is in the journal. */
  constructor(journal: JournalFile, text: string, keep: KeepImage, holds: HeldExamples = 'images') {
    this.holds = holds;
    this.#journal = journal;
    this.#keep = keep;
    this.#replay(text);
  }

  /** Of the image at a path. */
  hashAt(path: string): string | undefined {
    return this.#images.get(path);
  }

  /** All letters of the text at a path. */
  textAt(path: string): string | undefined {
    return this.#texts.get(this.#images.get(path) ?? '');
  }

  async scan(): Promise<ProjectScan> {
    const classNames = [...this.#folders].filter((path) => !path.includes('/') && path !== OWN_FOLDER);
    const images = [...this.#images.keys()].sort(compareNaturally).map((path): FoundImage => {
      const [className] = path.split('/');
      return { path, className: className === OWN_FOLDER ? null : className!, part: null };
    });
    const folders = classNames
      .sort(compareNaturally)
      .map((className) => ({ className, part: null, path: className }));
    return { folders, images, parts: [], notes: [] };
  }

  has(path: string): boolean {
    return this.#images.has(path) || this.#folders.has(path);
  }

  async store(folder: string, files: readonly AddableFile[]): Promise<StoredFiles> {
    const kept: (KeptImage | undefined)[] = [];
    const keep = async (index: number): Promise<void> => {
      kept[index] = await this.#keep(files[index]!);
    };
    await inTurns(0, files.length, undefined, keep, AT_ONCE);
    const names = new FreeNames((path) => this.#images.has(path));
    const stored: [path: string, hash: string][] = [];
    const texts: string[] = [];
    const refused: { name: string; reason: string }[] = [];
    kept.forEach((image, index) => {
      if (image === undefined) return;
      if ('reason' in image) refused.push({ name: files[index]!.name, reason: image.reason });
      else {
        stored.push([names.next(folder, image.name), image.hash]);
        if (image.text !== undefined) texts.push(image.text);
      }
    });
    const told = texts.length === 0 ? { stored } : { stored, texts };
    if (stored.length > 0) await this.#journal.append(`${JSON.stringify(told)}\n`);
    this.#put(stored, texts);
    return { stored: stored.map(([path]) => path.slice(folder.length + 1)), refused };
  }

  async perform(
    steps: readonly EditStep[],
    onMove: (step: Extract<EditStep, { readonly from: string }>) => void,
  ): Promise<readonly LeftStep[]> {
    const left: LeftStep[] = [];
    for (const step of steps) {
      const reason = this.#do(step);
      if (reason !== undefined) left.push({ path: 'from' in step ? step.from : step.folder, reason });
      else if ('from' in step) onMove(step);
    }
    return left;
  }

  async close(): Promise<void> {}

  #replay(text: string): void {
    const readLine = journalReader(editStepSchema);
    const edits = new Map<number, readonly EditStep[]>();
    for (const json of text.split('\n').slice(1)) {
      const line = readLine(json);
      if (line === undefined) {
        const other = storedSchema.safeParse(parsed(json));
        if (other.success) this.#put(other.data.stored, other.data.texts);
      } else if ('edit' in line) {
        edits.set(line.edit, line.steps);
        for (const step of line.steps) this.#do(step);
      } else if ('undo' in line) {
        for (const step of reversed(edits.get(line.undo) ?? [])) this.#do(step);
      } else if ('redo' in line) for (const step of edits.get(line.redo) ?? []) this.#do(step);
    }
  }

  #put(stored: readonly (readonly [path: string, hash: string])[], texts: readonly string[] = []): void {
    for (const [index, [path, hash]] of stored.entries()) {
      this.#images.set(path, hash);
      if (texts[index] !== undefined) this.#texts.set(hash, texts[index]);
      this.#makeFolder(path.slice(0, path.lastIndexOf('/')));
    }
  }

  /** @returns Why it was not possible. */
  #do(step: EditStep): string | undefined {
    if (step.op === 'make') this.#makeFolder(step.folder);
    else if (step.op === 'remove') this.#removeFolder(step.folder);
    else if (!this.has(step.from)) return this.has(step.to) ? undefined : 'it is no longer there';
    else if (this.has(step.to)) return 'another file has that name';
    else if (step.op === 'move') this.#moveImage(step.from, step.to);
    else this.#renameFolder(step.from, step.to);
    return undefined;
  }

  #moveImage(from: string, to: string): void {
    const hash = this.#images.get(from);
    if (hash === undefined) return;
    this.#images.delete(from);
    this.#put([[to, hash]]);
  }

  #renameFolder(from: string, to: string): void {
    const inside = [...this.#images].filter(([path]) => path.startsWith(`${from}/`));
    for (const [path] of inside) this.#images.delete(path);
    for (const path of [...this.#folders])
      if (path === from || path.startsWith(`${from}/`)) this.#folders.delete(path);
    this.#makeFolder(to);
    this.#put(inside.map(([path, hash]) => [`${to}${path.slice(from.length)}`, hash]));
  }

  #makeFolder(path: string): void {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth++) this.#folders.add(parts.slice(0, depth).join('/'));
  }

  /** One that is not empty stays. */
  #removeFolder(path: string): void {
    const isInside = (each: string): boolean => each.startsWith(`${path}/`);
    if (![...this.#images.keys(), ...this.#folders].some(isInside)) this.#folders.delete(path);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
