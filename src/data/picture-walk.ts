/** @file Finds picture files below a folder: recursively, in natural order, through symbolic links. */

import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { compareNaturally, type SkippedFile } from './sample.ts';

const PICTURE_EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif']);

/** Pictures to a person, but not to the decoder: named rather than silently passed over. */
const UNSUPPORTED_EXTENSIONS = new Set([
  '.heic',
  '.heif',
  '.bmp',
  '.jp2',
  '.jxl',
  '.psd',
  '.dng',
  '.cr2',
  '.nef',
]);

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
  /** Picture files, depth first, each folder in natural order. */
  readonly files: FolderEntry[];
  /** Broken links, folders that cannot be opened, picture formats that are not supported. */
  readonly skipped: SkippedFile[];
}

/** Whether the name ends like a picture that can be decoded: jpg, jpeg, png, webp, gif, tif, tiff, avif. */
export function isPictureName(name: string): boolean {
  return PICTURE_EXTENSIONS.has(extname(name).toLowerCase());
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
 * All pictures below a folder. Links to files and folders are followed; a link to a folder that
 * contains it is not, so that a cycle ends.
 *
 * @throws The file system's own error if `folder` itself cannot be read. Folders below it that cannot
 *   be read are reported as skipped.
 */
export async function walkPictures(folder: string): Promise<Walk> {
  const walk: Walk = { files: [], skipped: [] };
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
    else if (entry.kind === 'file') {
      const extension = extname(entry.name).toLowerCase();
      if (isPictureName(entry.name)) walk.files.push(entry);
      else if (UNSUPPORTED_EXTENSIONS.has(extension)) {
        walk.skipped.push({ file: entry.path, reason: `${extension.slice(1)} is not supported` });
      }
    }
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
