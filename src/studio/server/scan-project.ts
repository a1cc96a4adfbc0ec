/** @file Reads a project's folder: classes, also empty ones, their images, and what lies in the bin. */

import { readdir } from 'node:fs/promises';
import { relative } from 'node:path';
import { formatCount, quoteList } from '../../core/errors/name-list.ts';
import { composed } from '../../core/examples/similar-names.ts';
import { holdsOnlyRuns } from '../../node/files/run-mark.ts';
import { findPart, PART_NAMES } from '../../node/images/folder-scan.ts';
import { type FolderEntry, listFolder, walkImages } from '../../node/images/image-walk.ts';
import { LeftOutFiles } from '../../node/images/left-out-files.ts';
import type { PartName } from '../engine/project-state.ts';
import { BIN, type ClassFolder, type FoundImage, type ProjectScan } from '../project/project-place.ts';
import { resolvePlace, withSlashes } from './project-paths.ts';

/** @throws The file system's own error, if the folder cannot be read. */
export async function scanProject(root: string): Promise<ProjectScan> {
  const notes: string[] = [];
  const entries = await listFolder(root);
  const parts = await partsOf(entries);
  const places: readonly (readonly [PartName | null, readonly FolderEntry[]])[] =
    parts.length === 0 ? [[null, entries]] : parts;
  const folders: ClassFolder[] = [];
  const images: FoundImage[] = [];
  let unread = 0;
  for (const [part, inside] of places) {
    for (const entry of inside) {
      if (entry.kind !== 'folder' || (await holdsOnlyRuns(entry.path))) continue;
      const className = composed(entry.name);
      folders.push({ className, part, path: withSlashes(relative(root, entry.path)) });
      const walk = await walkImages(entry.path, new LeftOutFiles()).catch(() => undefined);
      if (walk === undefined) notes.push(`The folder ${quoteList([entry.name])} cannot be opened.`);
      for (const { path } of walk?.files ?? [])
        images.push({ path: withSlashes(relative(root, path)), className, part });
      unread += walk?.skipped.length ?? 0;
    }
  }
  if (unread > 0)
    notes.push(`${formatCount(unread, 'file')} cannot be read as images, and are left where they are.`);
  const loose = entries.filter(
    ({ kind, name }) => kind === 'file' && /\.(?:jpe?g|png|webp|gif)$/i.test(name),
  );
  if (loose.length > 0) notes.push(`${formatCount(loose.length, 'image')} in no class folder, not shown.`);
  images.push(...(await binned(root)));
  return { folders, images, parts: parts.map(([part]) => part), notes };
}

async function partsOf(
  entries: readonly FolderEntry[],
): Promise<(readonly [PartName, readonly FolderEntry[]])[]> {
  const train = await findPart(entries, PART_NAMES.train);
  if (train === undefined) return [];
  const validation = await findPart(entries, PART_NAMES.validation);
  const test = await findPart(entries, PART_NAMES.test);
  return (
    [
      ['train', train],
      ['validation', validation],
      ['test', test],
    ] as const
  ).flatMap(([name, part]) => (part === undefined ? [] : [[name, part.entries] as const]));
}

async function binned(root: string): Promise<FoundImage[]> {
  const bin = resolvePlace(root, BIN);
  const found: FoundImage[] = [];
  for (const name of await readdir(bin).catch(() => [])) {
    const walk = await walkImages(resolvePlace(root, `${BIN}/${name}`)).catch(() => undefined);
    for (const { path } of walk?.files ?? [])
      found.push({ path: withSlashes(relative(root, path)), className: null, part: null });
  }
  return found;
}
