/** @file Finds image files below a folder: recursively, in natural order, through symbolic links. */

import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { compareNaturally, type SkippedFile } from '../../core/examples/sample.ts';
import { detectImageFormat, isImageKind, RAW_FILE } from '../../vision/images/image-format.ts';
import { explainFormat } from './image-failure.ts';
import { readImageHead } from './image-head.ts';
import { LeftOutFiles } from './left-out-files.ts';

/** Files of these endings are taken for images; of all others, the bytes tell. */
const IMAGE_EXTENSIONS = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
]);

/** Cameras' raw files, most of which begin as TIFF does, and hold a small preview besides: named, not read. */
const RAW_EXTENSIONS = new Set(
  'arw cr2 cr3 crw dcr dng erf iiq kdc mef mos mrw nef nrw orf pef raf rw2 sr2 srw x3f'
    .split(' ')
    .map((ending) => `.${ending}`),
);

/** Never images, and often as many as there are images: not looked into. */
const OTHER_EXTENSIONS = new Set(
  'txt csv tsv json jsonl xml yaml yml md html py ini log npy npz zip tar gz mp4 mov avi'
    .split(' ')
    .map((ending) => `.${ending}`),
);

/** What operating systems and archivers leave behind, in lower case. */
const SYSTEM_NAMES = new Set([
  'thumbs.db',
  'desktop.ini',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'system volume information',
]);

/** `broken`: a link that leads nowhere, or back to itself. */
type EntryKind = 'file' | 'folder' | 'broken' | 'other';

/** An entry of a folder after its link, if it is one, has been followed. */
export class FolderEntry {
  readonly folder: string;
  readonly name: string;
  readonly kind: EntryKind;
  readonly isLink: boolean;

  constructor(folder: string, name: string, kind: EntryKind, isLink: boolean) {
    this.folder = folder;
    this.name = name;
    this.kind = kind;
    this.isLink = isLink;
  }

  get path(): string {
    return join(this.folder, this.name);
  }
}

/** What a walk found. */
export interface Walk {
  /** Image files, depth first, each folder in natural order. */
  readonly files: FolderEntry[];
  /** Broken links, folders that cannot be opened, image formats that are not supported. */
  readonly skipped: SkippedFile[];
  /** Files that are no images. */
  readonly leftOut: LeftOutFiles;
}

/** Whether the name ends like an image that can be decoded: jpg, jpeg, jpe, jfif, png, webp, gif, tif, tiff, avif. */
export function isImageName(name: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(name).toLowerCase());
}

/**
 * The entries of a folder in natural order, without hidden files and system files.
 *
 * @throws The file system's own error if the folder cannot be read.
 */
export async function listFolder(folder: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const visible = entries.filter((entry) => !isIgnoredName(entry.name));
  visible.sort((a, b) => compareNaturally(a.name, b.name));
  const found = visible.map((entry) => foundEntry(folder, entry));
  // A promise for each of a million files would take more memory than their names.
  const links = found.filter(({ isLink }) => isLink);
  const followed = await Promise.all(links.map(followLink));
  let next = 0;
  return links.length === 0 ? found : found.map((entry) => (entry.isLink ? followed[next++]! : entry));
}

/**
 * All images below a folder: files with the ending of one, and others whose bytes are those of one. Links to files and folders are followed; a link to a folder that
 * contains it is not, so that a cycle ends.
 *
 * @param leftOut - Counts on from here.
 * @throws The file system's own error if `folder` itself cannot be read. Folders below it that cannot
 *   be read are reported as skipped.
 */
export async function walkImages(folder: string, leftOut: LeftOutFiles = new LeftOutFiles()): Promise<Walk> {
  const walk: Walk = { files: [], skipped: [], leftOut };
  const real = await realpath(folder);
  await visit(real, new Set([real]), await listFolder(folder), walk);
  return walk;
}

async function visit(
  real: string,
  above: ReadonlySet<string>,
  entries: readonly FolderEntry[],
  walk: Walk,
): Promise<void> {
  for (const entry of entries) {
    if (entry.kind === 'folder') await visitFolder(entry, real, above, walk);
    else if (entry.kind === 'broken') walk.skipped.push({ file: entry.path, reason: 'broken link' });
    else if (entry.kind === 'file') sortFile(entry, walk);
  }
}

/** Taken, skipped or left out. */
function sortFile(entry: FolderEntry, { files, skipped, leftOut }: Walk): void {
  const ending = extname(entry.name).toLowerCase();
  if (IMAGE_EXTENSIONS.has(ending)) files.push(entry);
  else if (RAW_EXTENSIONS.has(ending)) skipped.push({ file: entry.path, reason: RAW_FILE });
  else if (OTHER_EXTENSIONS.has(ending)) leftOut.add(entry.name);
  else {
    const file = readImageHead(entry.path);
    if ('reason' in file) {
      skipped.push({ file: entry.path, reason: file.reason });
      return;
    }
    const refusal = explainFormat(detectImageFormat(file.head), file);
    if (refusal === undefined) files.push(entry);
    else if (isImageKind(refusal.reason)) skipped.push({ file: entry.path, reason: refusal.reason });
    else leftOut.add(entry.name);
  }
}

async function visitFolder(
  entry: FolderEntry,
  parentReal: string,
  above: ReadonlySet<string>,
  walk: Walk,
): Promise<void> {
  let real: string;
  let entries: FolderEntry[];
  try {
    real = entry.isLink ? await realpath(entry.path) : join(parentReal, entry.name);
    if (above.has(real)) return;
    entries = await listFolder(entry.path);
  } catch {
    walk.skipped.push({ file: entry.path, reason: 'folder cannot be opened' });
    return;
  }
  await visit(real, new Set([...above, real]), entries, walk);
}

function foundEntry(folder: string, entry: Dirent): FolderEntry {
  return new FolderEntry(folder, entry.name, kindOf(entry), entry.isSymbolicLink());
}

async function followLink({ folder, name, path }: FolderEntry): Promise<FolderEntry> {
  const kind = await stat(path).then(kindOf, (): EntryKind => 'broken');
  return new FolderEntry(folder, name, kind, true);
}

function kindOf(entry: Dirent | Stats): EntryKind {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
}

function isIgnoredName(name: string): boolean {
  return name.startsWith('.') || SYSTEM_NAMES.has(name.toLowerCase());
}
