/** @file Reads a folder of class folders: which classes there are, and which images belong to them. */

import { resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { isImageName } from '../../core/examples/image-names.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels, type Sample, type SkippedFile } from '../../core/examples/sample.ts';
import { composed, findSimilarName, findSimilarNames } from '../../core/examples/similar-names.ts';
import { HEIC_FILE } from '../../vision/images/image-format.ts';
import { holdsOnlyRuns } from '../files/run-mark.ts';
import { FolderSample } from './folder-sample.ts';
import { HEIC_ADVICE } from './image-failure.ts';
import { type FolderEntry, listFolder, walkImages } from './image-walk.ts';
import { LeftOutFiles } from './left-out-files.ts';

/** Names under which the parts of a data set are known, in lower case, the preferred one first. */
export const PART_NAMES = {
  train: ['train', 'training'],
  validation: ['val', 'validation', 'valid'],
  test: ['test'],
} as const;

/** A data set on disk. */
export interface FolderScan {
  /** Absolute path of the folder that was scanned. */
  readonly root: string;
  /** Class names in natural order; a label is an index into it. */
  readonly classNames: readonly string[];
  readonly train: readonly Sample[];
  /** Images of the folder `val` (`validation`, `valid`); `undefined` if there is none, and a split is due. */
  readonly validation: readonly Sample[] | undefined;
  /** Images of the folder `test`, if there is one. */
  readonly test: readonly Sample[] | undefined;
  /** Files that cannot be images: broken links, formats that are not supported. Nothing is decoded here. */
  readonly skipped: readonly SkippedFile[];
  /** Remarks for the person, one sentence each. */
  readonly warnings: readonly string[];
}

/** What is found beside the images, and told. */
interface Found {
  readonly skipped: SkippedFile[];
  readonly warnings: string[];
  readonly leftOut: LeftOutFiles;
}

/** One part before labels are known. */
interface Part {
  /** Name of its folder; empty for a data set without parts. */
  readonly name: string;
  readonly path: string;
  readonly entries: readonly FolderEntry[];
}

/**
 * Scans a folder with one folder for each class, or with `train` and `val` (`validation`, `valid`) and
 * `test` folders that hold class folders. Names of classes are kept with composed characters (NFC): folders whose names
 * differ in nothing but that are one class, in all parts. Such a name is understood so only if it contains folders: a class may
 * be called `train`. Images are found at any depth below their class folder; hidden and system files
 * (`.DS_Store`, `._x.jpg`, `Thumbs.db`, `__MACOSX`) are passed over, and so are folders of Graft's own runs; links are
 * followed.
 *
 * @throws {GraftError} `file-not-found` if there is no such folder; `dataset` if it is a file or empty,
 *   has fewer than two classes, a class without images, two classes whose names differ only in case, blanks or what
 *   cannot be seen, or a validation or test folder with a class that is not trained.
 */
export async function scanFolder(dir: string): Promise<FolderScan> {
  const where = `image folder "${dir}"`;
  const root = resolve(dir);
  const skipped: SkippedFile[] = [];
  const warnings: string[] = [];
  const entries = await withoutRuns(await listRoot(where, root), warnings);

  const parts = await findParts(entries, warnings);
  const trained = parts?.train ?? { name: '', path: root, entries };
  const classNames = findClassNames(trained);
  refuseTooFewClasses(where, classNames, trained);
  refuseSimilarNames(where, classNames);
  warnings.push(...unicodeNotes(trained));
  const found: Found = { skipped, warnings, leftOut: new LeftOutFiles() };
  const train = await readPart(trained, classNames, found);
  requireEveryClass({ where, classNames, labels: collectLabels(train), unreadable: skipped });

  const validation = await readFurtherPart(where, parts?.validation, classNames, found);
  const test = await readFurtherPart(where, parts?.test, classNames, found);
  warnings.push(...heicNotes(skipped));
  const note = found.leftOut.note();
  if (note !== undefined) warnings.push(note);
  return { root, classNames, train, validation, test, skipped, warnings };
}

export async function listRoot(where: string, root: string): Promise<FolderEntry[]> {
  let entries: FolderEntry[];
  try {
    entries = await listFolder(root);
  } catch (cause) {
    throw rootError(where, (cause as NodeJS.ErrnoException).code, cause);
  }
  if (entries.length > 0) return entries;
  throw new GraftError('dataset', {
    where,
    expected: 'one folder for each class',
    received: 'an empty folder',
    advice: 'Put each class in its own folder.',
  });
}

function rootError(where: string, code: string | undefined, cause: unknown): GraftError {
  const expected = 'a folder with one folder for each class';
  if (code === 'ENOENT') {
    const advice = 'Check the path.';
    return new GraftError(
      'file-not-found',
      { where, expected, received: 'no such folder', advice },
      { cause },
    );
  }
  if (code === 'ENOTDIR') {
    const advice = 'Give the folder that holds the class folders.';
    return new GraftError('dataset', { where, expected, received: 'a file', advice }, { cause });
  }
  const received = `a folder that cannot be opened (${code ?? 'unknown fault'})`;
  return new GraftError(
    'dataset',
    { where, expected, received, advice: 'Check its permissions.' },
    { cause },
  );
}

/** Leaves out what Graft itself wrote among the images: it is no class. */
async function withoutRuns(entries: readonly FolderEntry[], warnings: string[] = []): Promise<FolderEntry[]> {
  const kept: FolderEntry[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'folder' || !(await holdsOnlyRuns(entry.path))) kept.push(entry);
    else warnings.push(`The folder "${entry.name}" is no class: it holds runs of Graft, and no images.`);
  }
  return kept;
}

async function findParts(
  entries: readonly FolderEntry[],
  warnings: string[],
): Promise<{ train: Part; validation: Part | undefined; test: Part | undefined } | undefined> {
  const train = await findPart(entries, PART_NAMES.train);
  if (!train) return undefined;
  const validation = await findPart(entries, PART_NAMES.validation);
  const test = await findPart(entries, PART_NAMES.test);
  const used = new Set([train, validation, test].map((part) => part?.path));
  for (const entry of entries) {
    if (used.has(entry.path) || entry.kind !== 'folder') continue;
    warnings.push(
      `The folder "${entry.name}" is not used: images are taken from "${train.name}"${validation ? ` and "${validation.name}"` : ''}.`,
    );
  }
  return { train, validation, test };
}

export async function findPart(
  entries: readonly FolderEntry[],
  names: readonly string[],
): Promise<Part | undefined> {
  for (const name of names) {
    for (const entry of entries) {
      if (entry.kind !== 'folder' || entry.name.toLowerCase() !== name) continue;
      const inside = await withoutRuns(await listFolder(entry.path).catch(() => []));
      if (inside.some(isFolder)) return { name: entry.name, path: entry.path, entries: inside };
    }
  }
  return undefined;
}

/** Reads the images of all class folders; names what cannot be used. */
async function readPart(
  part: Part,
  classNames: readonly string[],
  { skipped, warnings, leftOut }: Found,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const entry of part.entries) {
    if (entry.kind === 'broken') skipped.push({ file: entry.path, reason: 'broken link' });
    if (entry.kind !== 'folder') continue;
    const label = classNames.indexOf(composed(entry.name));
    const walk = await walkImages(entry.path, leftOut).catch(() => undefined);
    if (!walk) skipped.push({ file: entry.path, reason: 'folder cannot be opened' });
    else {
      for (const { folder, name } of walk.files) samples.push(new FolderSample(folder, name, label));
      // One by one: of a hundred thousand, no function takes that many arguments.
      for (const file of walk.skipped) skipped.push(file);
    }
  }
  const loose = part.entries.filter(isLooseImage);
  if (loose.length > 0) {
    const verb = loose.length === 1 ? 'is' : 'are';
    warnings.push(
      `${formatCount(loose.length, 'image')} in no class folder ${verb} not used, the first "${loose[0]!.name}".`,
    );
  }
  return samples;
}

/**
 * Reads one part for classes that are known.
 *
 * @throws {GraftError} `dataset`, if it has another class, or no images.
 */
export async function readKnownPart(
  where: string,
  part: Part,
  classNames: readonly string[],
): Promise<Pick<FolderScan, 'skipped' | 'warnings'> & { readonly samples: readonly Sample[] }> {
  const found: Found = { skipped: [], warnings: [], leftOut: new LeftOutFiles() };
  const samples = await readFurtherPart(where, part, classNames, found);
  const note = found.leftOut.note();
  const warnings = [...found.warnings, ...heicNotes(found.skipped), ...(note === undefined ? [] : [note])];
  return { samples: samples ?? [], skipped: found.skipped, warnings };
}

/** Reads `val` or `test`: their classes must be known, and may be fewer. */
async function readFurtherPart(
  where: string,
  part: Part | undefined,
  classNames: readonly string[],
  found: Found,
): Promise<Sample[] | undefined> {
  if (!part) return undefined;
  const unknown = findClassNames(part).filter((name) => !classNames.includes(name));
  if (unknown.length > 0) {
    const similar = findSimilarName(unknown[0]!, classNames);
    throw new GraftError('dataset', {
      where,
      expected: `the classes of "${part.name}" to be among ${quoteList(classNames)}`,
      received: quoteList(unknown),
      advice: similar
        ? `"${similar.second}" differs from "${similar.first}" in ${similar.difference}: rename the folder as in training.`
        : 'Rename the folder as in training (upper and lower case count), or remove it.',
    });
  }
  const samples = await readPart(part, classNames, found);
  if (samples.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: `images in the class folders of "${part.name}"`,
      received: 'none',
      advice: 'Put images there, or remove the folder.',
    });
  }
  const seen = collectLabels(samples);
  const missing = classNames.filter((_, label) => !seen.has(label));
  if (missing.length > 0)
    found.warnings.push(`The folder "${part.name}" has no images of ${quoteList(missing)}.`);
  return samples;
}

function refuseTooFewClasses(where: string, classNames: readonly string[], part: Part): void {
  if (classNames.length >= 2) return;
  const inPart = part.name ? ` in "${part.name}"` : '';
  const loose = part.entries.filter(isLooseImage).length;
  throw new GraftError('dataset', {
    where,
    expected: `at least 2 class folders${inPart}`,
    received:
      classNames.length === 1
        ? `1 (${quoteList(classNames)})`
        : loose > 0
          ? `none, and ${formatCount(loose, 'image')} in no folder`
          : 'none',
    advice: 'Put each class in its own folder.',
  });
}

function refuseSimilarNames(where: string, classNames: readonly string[]): void {
  const similar = findSimilarNames(classNames);
  if (similar === undefined) return;
  throw new GraftError('dataset', {
    where,
    expected: `class names that differ in more than ${similar.difference}`,
    received: quoteList([similar.first, similar.second]),
    advice: 'Put the images of one class into one folder.',
  });
}

/** In natural order; of folders whose names are one, the first. */
function findClassNames(part: Part): string[] {
  return [...new Set(part.entries.filter(isFolder).map((folder) => composed(folder.name)))];
}

/** Folders whose names look the same and are one, but for the form of their letters. */
function unicodeNotes(part: Part): string[] {
  const folders = part.entries.filter(isFolder).map(({ name }) => name);
  const int8Models = folders.filter((name) =>
    folders.some((other) => other !== name && composed(other) === composed(name)),
  );
  const names = [...new Set(int8Models.map(composed))];
  if (names.length === 0) return [];
  return [
    `There are several folders of the name ${quoteList(names)}, written with composed and with decomposed characters (Unicode NFC and NFD): they are one class.`,
  ];
}

/** How to make of HEIC files what can be read, once for all of them. */
function heicNotes(skipped: readonly SkippedFile[]): string[] {
  const count = skipped.filter(({ reason }) => reason === HEIC_FILE).length;
  if (count === 0) return [];
  return [`${formatCount(count, 'HEIC file')} cannot be read here. ${HEIC_ADVICE}`];
}

function isFolder(entry: FolderEntry): boolean {
  return entry.kind === 'folder';
}

function isLooseImage(entry: FolderEntry): boolean {
  return entry.kind === 'file' && isImageName(entry.name);
}
