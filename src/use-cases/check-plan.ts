/** @file Acts on what a check found: moves suspects aside by a plan, and brings them back. */

import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GraftError } from '../core/errors/graft-error.ts';
import { beginsWith, isReplaceable } from '../node/files/own-files.ts';
import {
  type LeftFile,
  quarantineBeside,
  quarantineFiles,
  restoreQuarantine,
} from '../node/files/quarantine.ts';
import { writeWhole } from '../node/files/write-file.ts';
import { PLAN_HEAD, type PlanRow, planText, readPlan } from '../node/inspection/check-plan.ts';
import { isLabelFile } from '../node/training/csv-image-sets.ts';

/** Where the data and their quarantine are. */
export interface QuarantineOptions {
  /** Default: the data's folder with `-quarantine` behind its name. */
  readonly quarantine?: string | undefined;
  /** Of a CSV file: the folder that its file names are relative to. Default: the CSV file's. */
  readonly imageFolder?: string | undefined;
}

/** What was moved, and what was left. */
export interface QuarantineReport {
  readonly quarantine: string;
  /** Paths from the data's folder. */
  readonly moved: readonly string[];
  readonly left: readonly LeftFile[];
}

/**
 * Moves the files that a plan says `quarantine` of into a folder beside the data, under the same paths. Nothing is deleted or
 * overwritten; a file that was changed since the check stays. After a kill, the same call does what is left.
 *
 * @param data - What was checked.
 * @param plan - A table that `checkDataset` wrote, edited or not.
 * @throws {GraftError} `file-not-found`, `dataset`, `file-exists`, `file-write`.
 */
export async function applyCheckPlan(
  data: string,
  plan: string,
  options: QuarantineOptions = {},
): Promise<QuarantineReport> {
  const root = rootOf(data, options);
  const { suspects, left } = await readPlan(plan, root);
  const result = await quarantineFiles(root, suspects, options.quarantine ?? quarantineBeside(root));
  return { quarantine: result.folder, moved: result.moved, left: [...left, ...result.left] };
}

/**
 * Brings everything back from the quarantine; a file whose place is taken by now stays there.
 *
 * @param data - What was checked, wherever it is by now.
 * @throws {GraftError} `file-not-found`, if there is no quarantine; `file-write`.
 */
export async function undoCheckPlan(
  data: string,
  options: QuarantineOptions = {},
): Promise<QuarantineReport> {
  const root = rootOf(data, options);
  const { folder, moved, left } = await restoreQuarantine(root, options.quarantine ?? quarantineBeside(root));
  return { quarantine: folder, moved, left };
}

/** Writes what was found as a table. An older table of Graft's is replaced, any other file is left. */
export async function writeFindings(path: string, rows: readonly PlanRow[]): Promise<void> {
  const replace = await isReplaceable(path, beginsWith(PLAN_HEAD));
  await writeWhole(path, planText(rows), { replace, advice: 'Remove it, or choose another --csv.' });
}

/** The folder that paths are told from. */
function rootOf(data: string, { imageFolder }: QuarantineOptions): string {
  if (isLabelFile(data)) return resolve(imageFolder ?? dirname(data));
  if (statSync(data, { throwIfNoEntry: false })?.isDirectory()) return resolve(data);
  throw new GraftError('file-not-found', {
    where: `data "${data}"`,
    expected: 'the folder or CSV file that was checked',
    received: 'none',
    advice: 'Check the path; if it was moved, give the new one.',
  });
}
