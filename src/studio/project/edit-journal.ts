/**
 * @file The journal of a project's edits, a file that only grows: what is to be done is on the disk before it is done. So an edit that
 * was cut short is finished at the next start, and undo and redo outlive any end of the process.
 */

import { z } from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { EditStep } from './project-place.ts';

/** An edit that was done, or is to be done. */
export interface Edit {
  readonly edit: number;
  /** What it does, in words: `moved 3 images to "cat"`. */
  readonly name: string;
  /** Edits of one group, one after the other, are undone at once. */
  readonly group?: string | undefined;
  readonly steps: readonly EditStep[];
}

/** What was begun and not finished. */
export interface OpenEdit {
  readonly edit: Edit;
  readonly direction: 'forward' | 'back';
}

const HEAD = { graft: 'studio journal', version: 1 };

const stepSchema = z.union([
  z.object({ op: z.enum(['move', 'rename']), from: z.string(), to: z.string() }),
  z.object({ op: z.enum(['make', 'remove']), folder: z.string() }),
]);
const lineSchema: z.ZodType<JournalLine> = z.union([
  z.object({ edit: z.int(), name: z.string(), group: z.string().optional(), steps: z.array(stepSchema) }),
  z.object({ undo: z.int() }),
  z.object({ redo: z.int() }),
  z.object({ done: z.int() }),
]);
/** What stands in the journal: edits before they are done, and that they are. */
export type JournalLine =
  | Edit
  | { readonly undo: number }
  | { readonly redo: number }
  | { readonly done: number };

/** The file of a journal, which nobody else writes to. */
export interface JournalFile {
  /** What messages call it. */
  readonly path: string;
  /**
   * Adds to its end; when it resolves, that is on the disk.
   *
   * @throws {GraftError} `file-write`: the file is as it was, or ends in a part of a line.
   */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The journal of one project. */
export class EditJournal {
  readonly #file: JournalFile;
  readonly #done: Edit[] = [];
  readonly #undone: Edit[] = [];
  #open: OpenEdit | undefined;
  #next = 1;

  private constructor(file: JournalFile) {
    this.#file = file;
  }

  /**
   * @param text - What is in the file.
   * @throws {GraftError} `file-write`, if it cannot be written; `dataset`, if a newer version wrote it.
   */
  static async open(file: JournalFile, text: string): Promise<EditJournal> {
    requireVersion(file.path, text);
    const journal = new EditJournal(file);
    for (const line of text.split('\n').slice(1)) journal.#read(line);
    // A line that was cut short was not begun, and the next one is its own.
    if (text === '') await journal.#write(HEAD);
    else if (!text.endsWith('\n')) await file.append('\n');
    return journal;
  }

  /** What a kill left in the middle; undefined for nothing. */
  get open(): OpenEdit | undefined {
    return this.#open;
  }

  /** What would be undone next, the latest first. */
  get undoable(): readonly Edit[] {
    return groupAtEnd(this.#done);
  }

  /** What would be redone next, in the order in which it was done. */
  get redoable(): readonly Edit[] {
    return groupAtEnd(this.#undone);
  }

  /** To be called before the steps. @throws {GraftError} `file-write`: nothing was begun. */
  async begin({ name, group, steps }: Omit<Edit, 'edit'>): Promise<Edit> {
    const edit: Edit = { edit: this.#next, name, group, steps };
    await this.#write(edit);
    this.#apply(edit);
    return edit;
  }

  /** @throws {GraftError} As {@link begin}. */
  async beginUndo({ edit }: Edit): Promise<void> {
    await this.#write({ undo: edit });
    this.#apply({ undo: edit });
  }

  /** @throws {GraftError} As {@link begin}. */
  async beginRedo({ edit }: Edit): Promise<void> {
    await this.#write({ redo: edit });
    this.#apply({ redo: edit });
  }

  /** To be called after the steps. */
  async end({ edit }: Edit): Promise<void> {
    this.#open = undefined;
    // Without it, steps that are done are found done at the next start.
    await this.#write({ done: edit }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(line: object): Promise<void> {
    await this.#file.append(`${JSON.stringify(line)}\n`);
  }

  #read(text: string): void {
    const line = readJournalLine(text);
    if (line !== undefined) this.#apply(line);
  }

  #apply(line: JournalLine): void {
    if ('edit' in line) {
      this.#done.push(line);
      this.#undone.length = 0;
      this.#next = line.edit + 1;
      this.#open = { edit: line, direction: 'forward' };
    } else if ('undo' in line) this.#turn(line.undo, this.#done, this.#undone, 'back');
    else if ('redo' in line) this.#turn(line.redo, this.#undone, this.#done, 'forward');
    else this.#open = undefined;
  }

  #turn(number: number, from: Edit[], to: Edit[], direction: OpenEdit['direction']): void {
    const edit = from.at(-1);
    if (edit?.edit !== number) return;
    from.pop();
    to.push(edit);
    this.#open = { edit, direction };
  }
}

/** Undefined for what is none: a line that was cut short, or one that is not of edits. */
export function readJournalLine(text: string): JournalLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The last edits that are of one group, the last one first. */
function groupAtEnd(edits: readonly Edit[]): Edit[] {
  const last = edits.at(-1);
  if (last === undefined) return [];
  const found: Edit[] = [last];
  for (let index = edits.length - 2; index >= 0; index--) {
    const edit = edits[index]!;
    if (last.group === undefined || edit.group !== last.group) break;
    found.push(edit);
  }
  return found;
}

/** @throws {GraftError} `dataset`, if a newer version wrote the text. */
export function requireVersion(path: string, text: string): void {
  const end = text.indexOf('\n');
  if (end < 0) return;
  try {
    const head = JSON.parse(text.slice(0, end)) as { readonly graft?: unknown; readonly version?: unknown };
    if (head.graft === HEAD.graft && head.version === HEAD.version) return;
  } catch {
    // No journal at all.
  }
  throw new GraftError('dataset', {
    where: `journal "${path}"`,
    expected: `edits of the studio, version ${HEAD.version}`,
    received: 'something else',
    advice:
      'A newer Graft may have written it: update Graft, or move the file away; the images stay as they are.',
  });
}
