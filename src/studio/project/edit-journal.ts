/**
 * @file The journal of a project's edits, a file that only grows: what is to be done is on the disk before it is done. So an edit that
 * was cut short is finished at the next start, and undo and redo outlive any end of the process.
 */

import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';

/** An edit that was done, or is to be done. @typeParam Step - What it is made of. */
export interface Edit<Step> {
  readonly edit: number;
  /** What it does, in words: `moved 3 images to "cat"`. */
  readonly name: string;
  /** Edits of one group, one after the other, are undone at once. */
  readonly group?: string | undefined;
  readonly steps: readonly Step[];
}

/** What was begun and not finished. */
export interface OpenEdit<Step> {
  readonly edit: Edit<Step>;
  readonly direction: 'forward' | 'back';
  /** What the files were when it was begun, as who began it said. */
  readonly state: string | undefined;
}

const HEAD = { graft: 'studio journal', version: 1 };

/** What stands in a journal: edits before they are done, and that they are. */
export type JournalLine<Step> =
  | (Edit<Step> & { readonly state?: string | undefined })
  | { readonly undo: number; readonly state?: string | undefined }
  | { readonly redo: number; readonly state?: string | undefined }
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
export class EditJournal<Step> {
  readonly #file: JournalFile;
  readonly #readLine: (text: string) => JournalLine<Step> | undefined;
  readonly #done: Edit<Step>[] = [];
  readonly #undone: Edit<Step>[] = [];
  #open: OpenEdit<Step> | undefined;
  #next = 1;

  private constructor(file: JournalFile, step: z.ZodType<Step>) {
    this.#file = file;
    this.#readLine = journalReader(step);
  }

  /**
   * @param text - What is in the file.
   * @param step - How a step must look.
   * @throws {GraftError} `file-write`, if it cannot be written; `dataset`, if a newer version wrote it.
   */
  static async open<Step>(
    file: JournalFile,
    text: string,
    step: z.ZodType<Step>,
  ): Promise<EditJournal<Step>> {
    requireVersion(file.path, text);
    const journal = new EditJournal(file, step);
    for (const line of text.split('\n').slice(1)) journal.#read(line);
    // A line that was cut short was not begun, and the next one is its own.
    if (text === '') await journal.#write(HEAD);
    else if (!text.endsWith('\n')) await file.append('\n');
    return journal;
  }

  /** What a kill left in the middle; undefined for nothing. */
  get open(): OpenEdit<Step> | undefined {
    return this.#open;
  }

  /** All that is done and not undone, in its order. */
  get done(): readonly Edit<Step>[] {
    return this.#done;
  }

  /** What would be undone next, the latest first. */
  get undoable(): readonly Edit<Step>[] {
    return groupAtEnd(this.#done);
  }

  /** What would be redone next, in the order in which it was done. */
  get redoable(): readonly Edit<Step>[] {
    return groupAtEnd(this.#undone);
  }

  /**
   * To be called before the steps.
   *
   * @param before - What the files are, for who finishes it after a kill.
   * @throws {GraftError} `file-write`: nothing was begun.
   */
  async begin({ name, group, steps }: Omit<Edit<Step>, 'edit'>, before?: string): Promise<Edit<Step>> {
    const edit: Edit<Step> = { edit: this.#next, name, group, steps };
    await this.#note({ ...edit, state: before });
    return edit;
  }

  /** @throws {GraftError} As {@link begin}. */
  async beginUndo({ edit }: Edit<Step>, before?: string): Promise<void> {
    await this.#note({ undo: edit, state: before });
  }

  /** @throws {GraftError} As {@link begin}. */
  async beginRedo({ edit }: Edit<Step>, before?: string): Promise<void> {
    await this.#note({ redo: edit, state: before });
  }

  /** To be called after the steps. */
  async end({ edit }: Edit<Step>): Promise<void> {
    this.#open = undefined;
    // Without it, steps that are done are found done at the next start.
    await this.#write({ done: edit }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #note(line: JournalLine<Step>): Promise<void> {
    await this.#write(line);
    this.#apply(line);
  }

  async #write(line: object): Promise<void> {
    await this.#file.append(`${JSON.stringify(line)}\n`);
  }

  #read(text: string): void {
    const line = this.#readLine(text);
    if (line !== undefined) this.#apply(line);
  }

  #apply(line: JournalLine<Step>): void {
    if ('edit' in line) {
      const { state: before, ...edit } = line;
      this.#done.push(edit);
      this.#undone.length = 0;
      this.#next = line.edit + 1;
      this.#open = { edit, direction: 'forward', state: before };
    } else if ('undo' in line) {
      const edit = this.#turn(line.undo, this.#done, this.#undone);
      if (edit !== undefined) this.#open = { edit, direction: 'back', state: line.state };
    } else if ('redo' in line) {
      const edit = this.#turn(line.redo, this.#undone, this.#done);
      if (edit !== undefined) this.#open = { edit, direction: 'forward', state: line.state };
    } else this.#open = undefined;
  }

  /** Undefined where the last edit is another one. */
  #turn(number: number, from: Edit<Step>[], to: Edit<Step>[]): Edit<Step> | undefined {
    const edit = from.at(-1);
    if (edit?.edit !== number) return undefined;
    from.pop();
    to.push(edit);
    return edit;
  }
}

/**
 * Reads lines of a journal.
 *
 * @param step - How a step must look.
 * @returns What reads a line; undefined for what is none: a line that was cut short, or one that is not of edits.
 */
export function journalReader<Step>(step: z.ZodType<Step>): (text: string) => JournalLine<Step> | undefined {
  const state = z.string().optional();
  const schema: z.ZodType<JournalLine<Step>> = z.union([
    z.object({ edit: z.int(), name: z.string(), group: z.string().optional(), steps: z.array(step), state }),
    z.object({ undo: z.int(), state }),
    z.object({ redo: z.int(), state }),
    z.object({ done: z.int() }),
  ]);
  return (text) => {
    try {
      return schema.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  };
}

/** The last edits that are of one group, the last one first. */
function groupAtEnd<Step>(edits: readonly Edit<Step>[]): Edit<Step>[] {
  const last = edits.at(-1);
  if (last === undefined) return [];
  const found: Edit<Step>[] = [last];
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
