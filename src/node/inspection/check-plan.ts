/**
 * @file What was found, as a table that is a plan: a person edits the first column, and what says `quarantine` there is moved aside.
 */

import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { visible } from '../../core/errors/visible-text.ts';
import { parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { csvLines } from '../files/csv-lines.ts';
import type { LeftFile, Suspect } from '../files/quarantine.ts';

/** What is done with a file: it is moved aside, or stays. */
export type PlannedAction = 'quarantine' | 'keep';

/** A finding about a file. */
export interface PlanRow {
  readonly action: PlannedAction;
  /** `exact duplicate`, `near duplicate`, `label error`, `outlier`, or a fault. */
  readonly reason: string;
  /** Path below the data's folder, with `/`. */
  readonly file: string;
  readonly set: string;
  readonly label: string;
  readonly suggested?: string | undefined;
  readonly score?: number | undefined;
  /** Number of the group of duplicates, from 1. */
  readonly group?: number | undefined;
  /** Empty where it is not known. */
  readonly sha256: string;
}

const COLUMNS = ['action', 'reason', 'file', 'set', 'label', 'suggested', 'score', 'group', 'sha256'];

/** How a plan of Graft's begins, which may be written over. */
export const PLAN_HEAD: RegExp = /^action,reason,file,/;

/** The table, its numbers to 4 digits. */
export function planText(rows: readonly PlanRow[]): string {
  const lines = rows.map(({ action, reason, file, set, label, suggested, score, group, sha256 }) => [
    action,
    reason,
    file,
    set,
    label,
    suggested ?? '',
    score === undefined ? '' : Number(score.toFixed(4)),
    group ?? '',
    sha256,
  ]);
  return csvLines([COLUMNS, ...lines]);
}

export interface ReadPlan {
  readonly suspects: readonly Suspect[];
  /** Lines whose file cannot be made out. */
  readonly left: readonly LeftFile[];
}

/**
 * Reads a plan that a person may have edited: lines that say `quarantine`, each file once.
 *
 * @param root - The data's folder, where the files are looked for: names with characters that a table cannot show are found by how
 *   they are shown.
 * @throws {GraftError} `file-not-found`; `dataset`, if it is no such table.
 */
export async function readPlan(path: string, root: string): Promise<ReadPlan> {
  const where = `plan "${path}"`;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new GraftError(
      'file-not-found',
      { where, expected: 'a file', received: 'none that can be read', advice: 'Write one with --csv FILE.' },
      { cause },
    );
  });
  const table = text.replace(/^\ufeff/, '');
  // As it is written where nothing was found.
  if (table.trim() === planText([]).trim()) return { suspects: [], left: [] };
  const { columns, rows } = parseCsvTable(table, where);
  const columnOf = (name: string): number => columns.indexOf(name);
  const missing = ['action', 'file'].find((name) => columnOf(name) < 0);
  if (missing !== undefined) {
    throw new GraftError('dataset', {
      where,
      expected: 'columns "action" and "file"',
      received: `none called "${missing}"`,
      advice: 'Write a plan with graft check DATA --csv FILE, and edit that.',
    });
  }
  const shown = new ShownNames(root);
  const suspects = new Map<string, Suspect>();
  const left: LeftFile[] = [];
  for (const { line, cells } of rows) {
    const action = cells[columnOf('action')]!.toLowerCase();
    if (action === 'keep' || action === '') continue;
    if (action !== 'quarantine') {
      throw new GraftError('dataset', {
        where: `${where}, line ${line}`,
        expected: 'action "quarantine" or "keep"',
        received: `"${cells[columnOf('action')]}"`,
        advice: 'Correct it: nothing was moved.',
      });
    }
    const cell = cells[columnOf('file')]!;
    const file = await shown.find(cell);
    const sha256 = cells[columnOf('sha256')];
    if (file === undefined) left.push({ file: cell, reason: 'not there' });
    else suspects.set(file, { file, sha256: sha256 === '' ? undefined : sha256 });
  }
  return { suspects: [...suspects.values()], left };
}

/** Files by how a table shows their names. */
class ShownNames {
  readonly #root: string;
  /** Undefined where several look the same. */
  #names: Map<string, string | undefined> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  async find(cell: string): Promise<string | undefined> {
    if (await isThere(join(this.#root, ...cell.split('/')))) return cell;
    this.#names ??= await this.#list();
    return this.#names.get(shownName(cell));
  }

  async #list(): Promise<Map<string, string | undefined>> {
    const entries = await readdir(this.#root, { recursive: true, withFileTypes: true }).catch(() => []);
    const names = new Map<string, string | undefined>();
    for (const entry of entries) {
      if (entry.isDirectory()) continue;
      const file = relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join('/');
      const key = shownName(visible(file));
      names.set(key, names.has(key) ? undefined : file);
    }
    return names;
  }
}

/** Tables have neither blanks around a cell nor, where spreadsheets would compute it, a cell without an apostrophe. */
function shownName(cell: string): string {
  return cell.trim().replace(/^'/, '');
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
