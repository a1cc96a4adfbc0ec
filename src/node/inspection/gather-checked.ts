/** @file The images that are to be checked: of all parts of a data set, whatever is wrong with it. */

import { dirname, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { isImageName } from '../../core/examples/image-names.ts';
import { compareNaturally, type Sample, type SkippedFile } from '../../core/examples/sample.ts';
import { composed } from '../../core/examples/similar-names.ts';
import type { CheckedExamples, CheckedSet } from '../../inspection/checked-examples.ts';
import { DEFAULT_TASK } from '../../recipe/task.ts';
import { holdsOnlyRuns } from '../files/run-mark.ts';
import { FolderSample } from '../images/folder-sample.ts';
import { findPart, listRoot, PART_NAMES } from '../images/folder-scan.ts';
import { type FolderEntry, walkImages } from '../images/image-walk.ts';
import { LeftOutFiles } from '../images/left-out-files.ts';
import { type CsvOptions, isLabelFile } from '../training/csv-image-sets.ts';
import { readTaskCsv } from '../training/task-csv.ts';

/** What is checked, from files. */
export interface FileExamples<S extends Sample = Sample> extends CheckedExamples<S> {
  /** The folder that paths are told from; undefined for texts. */
  readonly root: string | undefined;
}

/**
 * Gathers all images of a folder (with folders of classes, or `train`, `val`, `test` that have some, or images alone) or of a CSV
 * file. Unlike a training it takes one class, and classes that only one part has: whoever checks wants to know.
 *
 * @throws {GraftError} `file-not-found`, `dataset`: no such folder, or nothing in it; of a CSV file as `readLabelCsv`.
 */
export async function gatherCheckedImages(data: string, csv: CsvOptions = {}): Promise<FileExamples> {
  return isLabelFile(data) ? fromCsv(data, csv) : fromFolder(data);
}

async function fromCsv(
  file: string,
  { as: _, textColumn: __, ...options }: CsvOptions,
): Promise<FileExamples> {
  const { where, task, names, samples, skipped, warnings } = await readTaskCsv(file, options);
  return {
    modality: 'image',
    where,
    root: resolve(options.imageFolder ?? dirname(file)),
    task,
    classNames: names,
    samples,
    sets: samples.map(() => 'all' as const),
    skipped,
    warnings,
  };
}

async function fromFolder(dir: string): Promise<FileExamples> {
  const where = `image folder "${dir}"`;
  const root = resolve(dir);
  const entries = await listRoot(where, root);
  const parts: { set: CheckedSet; entries: readonly FolderEntry[] }[] = [];
  for (const set of Object.keys(PART_NAMES) as (keyof typeof PART_NAMES)[]) {
    const part = await findPart(entries, PART_NAMES[set]);
    if (part !== undefined) parts.push({ set, entries: part.entries });
  }
  // Without a part to train on, a folder of such a name is a class, unless there is nothing but parts.
  const folders = entries.filter(({ kind }) => kind === 'folder').length;
  const hasParts = parts.some(({ set }) => set === 'train') || (parts.length > 0 && parts.length === folders);
  if (!hasParts) parts.splice(0, parts.length, { set: 'all', entries });
  const classNames = await classesOf(parts.map((part) => part.entries));
  const samples: Sample[] = [];
  const sets: CheckedSet[] = [];
  const skipped: SkippedFile[] = [];
  const warnings: string[] = [];
  const leftOut = new LeftOutFiles();
  for (const part of parts) {
    for (const entry of part.entries) {
      const label = classNames.indexOf(composed(entry.name));
      if (entry.kind === 'broken') skipped.push({ file: entry.path, reason: 'broken link' });
      else if (entry.kind === 'file' && classNames.length === 0 && isImageName(entry.name)) {
        samples.push(new FolderSample(entry.folder, entry.name, 0));
        sets.push(part.set);
      }
      if (entry.kind !== 'folder' || label < 0) continue;
      const walk = await walkImages(entry.path, leftOut).catch(() => undefined);
      if (walk === undefined) skipped.push({ file: entry.path, reason: 'folder cannot be opened' });
      for (const { folder, name } of walk?.files ?? []) {
        samples.push(new FolderSample(folder, name, label));
        sets.push(part.set);
      }
      for (const file of walk?.skipped ?? []) skipped.push(file);
    }
    warnings.push(...looseNote(part.entries, classNames));
  }
  const note = leftOut.note();
  if (note !== undefined) warnings.push(note);
  if (samples.length === 0) throw noImages(where);
  return {
    modality: 'image',
    where,
    root,
    task: DEFAULT_TASK,
    classNames,
    samples,
    sets,
    skipped,
    warnings,
  };
}

/** Of all parts, in natural order. */
async function classesOf(parts: readonly (readonly FolderEntry[])[]): Promise<string[]> {
  const names = new Set<string>();
  for (const entries of parts) {
    for (const entry of entries) {
      if (entry.kind === 'folder' && !(await holdsOnlyRuns(entry.path))) names.add(composed(entry.name));
    }
  }
  return [...names].sort(compareNaturally);
}

function looseNote(entries: readonly FolderEntry[], classNames: readonly string[]): string[] {
  if (classNames.length === 0) return [];
  const loose = entries.filter(({ kind, name }) => kind === 'file' && isImageName(name)).length;
  if (loose === 0) return [];
  return [
    loose === 1
      ? '1 image in no class folder is not checked.'
      : `${loose} images in no class folder are not checked.`,
  ];
}

function noImages(where: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: 'at least 1 image',
    received: 'none',
    advice: 'Give a folder with one folder of images for each class, or a CSV file.',
  });
}
