/** @file Reads a folder of texts as `graft train` does: its folders are classes, their `.txt` files the texts. */

import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { compareNaturally } from '../../core/examples/sample.ts';
import { composed } from '../../core/examples/similar-names.ts';
import { BIN, type ClassFolder, type FoundImage, type ProjectScan } from '../project/project-place.ts';
import { resolvePlace } from './project-paths.ts';

/** @throws The file system's own error, if the folder cannot be read. */
export async function scanTexts(root: string): Promise<ProjectScan> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const folders: ClassFolder[] = [];
  const images: FoundImage[] = [];
  const notes: string[] = [];
  for (const { name } of names.toSorted((a, b) => compareNaturally(a.name, b.name))) {
    const className = composed(name);
    folders.push({ className, part: null, path: name });
    const files = await textsIn(resolvePlace(root, name)).catch(() => undefined);
    if (files === undefined) notes.push(`The folder "${name}" cannot be opened.`);
    for (const file of files ?? []) images.push({ path: `${name}/${file}`, className, part: null });
  }
  images.push(...(await binned(root)));
  return { folders, images, parts: [], notes };
}

async function textsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() === '.txt')
    .map(({ name }) => name)
    .toSorted(compareNaturally);
}

/** In the bin each lies below the folders that it was in. */
async function binned(root: string): Promise<FoundImage[]> {
  const found: FoundImage[] = [];
  for (const batch of await readdir(resolvePlace(root, BIN)).catch(() => [])) {
    const folders = await readdir(resolvePlace(root, `${BIN}/${batch}`)).catch(() => []);
    for (const folder of folders) {
      const path = `${BIN}/${batch}/${folder}`;
      for (const file of await textsIn(resolvePlace(root, path)).catch(() => []))
        found.push({ path: `${path}/${file}`, className: null, part: null });
    }
  }
  return found;
}
