/** @file Finds picture files below a folder: recursively, in natural order, through symbolic links. */

import type { Dirent, Stats } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
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

/** What the system is asked for at a time: a promise for each of a million files would take more memory than their names. */
const ENTRIES_AT_ONCE = 256;

/** An entry of a folder after its link, if it is one, has been followed. */
export interface FolderEntry {
  readonly name: string;
  readonly path: string;
  /** `broken`: a link that leads nowhere, or back to itself. */
  readonly kind: 'file' | 'folder' | 'broken' | 'other';
  readonly isLink: boolean;
}

/** What a walk found. */
export interface Walk {
  /** Picture files, depth first, each folder in natural order. */
  readonly files: string[];
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
  const { names, others } = await readFolder(folder);
  return names.map(
    (name) => others.get(name) ?? { name, path: pathOf(folder, name), kind: 'file', isLink: false },
  );
}

/** What a folder has: of most files no more than the name, for there may be a million. */
interface Listing {
  /** In natural order, without hidden files and system files. */
  readonly names: readonly string[];
  /** Whatever is no plain file. */
  readonly others: ReadonlyMap<string, FolderEntry>;
}

async function readFolder(folder: string): Promise<Listing> {
  const names: string[] = [];
  const others = new Map<string, FolderEntry>();
  const links: string[] = [];
  for await (const entry of await opendir(folder, { bufferSize: ENTRIES_AT_ONCE })) {
    const { name } = entry;
    if (isIgnoredName(name)) continue;
    names.push(name);
    if (entry.isSymbolicLink()) links.push(name);
    else if (!entry.isFile()) {
      others.set(name, { name, path: pathOf(folder, name), kind: kindOf(entry), isLink: false });
    }
  }
  for (let start = 0; start < links.length; start += ENTRIES_AT_ONCE) {
    const some = links.slice(start, start + ENTRIES_AT_ONCE);
    const followed = await Promise.all(some.map((name) => followLink(name, pathOf(folder, name))));
    for (const entry of followed) others.set(entry.name, entry);
  }
  return { names: names.sort(compareNaturally), others };
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
  await visit(real, new Set([real]), folder, await readFolder(folder), walk);
  return walk;
}

async function visit(
  real: string,
  above: ReadonlySet<string>,
  folder: string,
  { names, others }: Listing,
  walk: Walk,
): Promise<void> {
  for (const name of names) {
    const entry = others.get(name);
    if (entry?.kind === 'folder') await visitFolder(entry, real, above, walk);
    else if (entry?.kind === 'broken') walk.skipped.push({ file: entry.path, reason: 'broken link' });
    else if (entry === undefined || entry.kind === 'file') {
      const extension = extname(name).toLowerCase();
      if (isPictureName(name)) walk.files.push(pathOf(folder, name));
      else if (UNSUPPORTED_EXTENSIONS.has(extension)) {
        const reason = `${extension.slice(1)} is not supported`;
        walk.skipped.push({ file: pathOf(folder, name), reason });
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
  let listing: Listing;
  try {
    real = entry.isLink ? await realpath(entry.path) : join(parentReal, entry.name);
    if (above.has(real)) return;
    listing = await readFolder(entry.path);
  } catch {
    walk.skipped.push({ file: entry.path, reason: 'folder cannot be opened' });
    return;
  }
  await visit(real, new Set([...above, real]), entry.path, listing, walk);
}

/** What join gives is a tree of its parts, which takes twice the memory for as long as the picture is known. */
function pathOf(folder: string, name: string): string {
  return Buffer.from(join(folder, name)).toString();
}

async function followLink(name: string, path: string): Promise<FolderEntry> {
  try {
    return { name, path, kind: kindOf(await stat(path)), isLink: true };
  } catch {
    return { name, path, kind: 'broken', isLink: true };
  }
}

function kindOf(entry: Dirent | Stats): FolderEntry['kind'] {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
}

function isIgnoredName(name: string): boolean {
  return name.startsWith('.') || SYSTEM_NAMES.has(name.toLowerCase());
}
