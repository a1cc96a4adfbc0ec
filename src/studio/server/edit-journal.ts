/**
 * @file The journal of a project's edits, a file that only grows: what is to be done is on the disk before it is done. So an edit that
 * was cut short is finished at the next start, and undo and redo outlive any end of the process.
 */

import { type FileHandle, open, readFile } from 'node:fs/promises';
import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { writeError } from '../../node/files/write-file.ts';

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

const state = z.string().optional();

/** A line of the journal. */
type Line<Step> =
  | (Edit<Step> & { readonly state?: string | undefined })
  | { readonly undo: number; readonly state?: string | undefined }
  | { readonly redo: number; readonly state?: string | undefined }
  | { readonly done: number };

function lineSchema<Step>(step: z.ZodType<Step>): z.ZodType<Line<Step>> {
  return z.union([
    z.object({ edit: z.int(), name: z.string(), group: z.string().optional(), steps: z.array(step), state }),
    z.object({ undo: z.int(), state }),
    z.object({ redo: z.int(), state }),
    z.object({ done: z.int() }),
  ]);
}

/** The journal of one project, which nobody else writes to. */
export class EditJournal<Step> {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #schema: z.ZodType<Line<Step>>;
  readonly #done: Edit<Step>[] = [];
  readonly #undone: Edit<Step>[] = [];
  #open: OpenEdit<Step> | undefined;
  #next = 1;

  private constructor(file: FileHandle, path: string, schema: z.ZodType<Line<Step>>) {
    this.#file = file;
    this.#path = path;
    this.#schema = schema;
  }

  /**
   * @param path - Of the journal; made where it is not there.
   * @param step - How a step must look.
   * @throws {GraftError} `file-write`, if it cannot be written; `dataset`, if a newer version wrote it.
   */
  static async open<Step>(path: string, step: z.ZodType<Step>): Promise<EditJournal<Step>> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw writeError(path, error);
    });
    requireVersion(path, text);
    const file = await open(path, 'a').catch((error: unknown) => {
      throw writeError(path, error);
    });
    const journal = new EditJournal(file, path, lineSchema(step));
    for (const line of text.split('\n').slice(1)) journal.#read(line);
    // A line that was cut short was not begun, and the next one is its own.
    if (text === '') await journal.#write(HEAD);
    else if (!text.endsWith('\n')) await file.appendFile('\n');
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

  async #note(line: Line<Step>): Promise<void> {
    await this.#write(line);
    this.#apply(line);
  }

  async #write(line: object): Promise<void> {
    const { size } = await this.#file.stat();
    try {
      await this.#file.appendFile(`${JSON.stringify(line)}\n`);
      await this.#file.datasync();
    } catch (error) {
      // What was refused must not be done at the next start, nor spoil the next line: a full disk takes a part of it.
      await this.#file.truncate(size).catch(() => undefined);
      throw writeError(this.#path, error);
    }
  }

  #read(text: string): void {
    if (text.trim() === '') return;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    const line = this.#schema.safeParse(json);
    if (line.success) this.#apply(line.data);
  }

  #apply(line: Line<Step>): void {
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

function requireVersion(path: string, text: string): void {
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
