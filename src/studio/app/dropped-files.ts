/** @file Files and folders that were dropped, pasted or chosen: which class each is meant for. */

import type { AddedFile } from '../engine/project-state.ts';
import { attempt, engine, imageQuery, say } from './store.ts';
import { count, countOf } from './words.ts';

/** Files by class; those of no folder have none. */
export type FilesByClass = ReadonlyMap<string | undefined, readonly AddedFile[]>;

const ARCHIVE = /\.(?:zip|tm)$/i;

/** Of a drop: a folder is a class by its name; one of folders stands for these. */
export async function filesOfDrop(transfer: DataTransfer): Promise<FilesByClass> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found = new Map<string | undefined, AddedFile[]>();
  if (entries.length === 0) return byFolder([...transfer.files]);
  for (const entry of entries) await walk(entry, undefined, found);
  return found;
}

/** Of a file chooser; of one for folders, each file has its path. */
export function byFolder(files: readonly File[]): FilesByClass {
  const found = new Map<string | undefined, AddedFile[]>();
  for (const file of files) {
    const folders = file.webkitRelativePath.split('/').slice(0, -1);
    put(found, folders.at(-1), { name: file.name, bytes: file });
  }
  return found;
}

/** Adds files to their classes, what has none to `className`; all of it is undone at once. */
export async function addFiles(files: FilesByClass, className: string | undefined): Promise<void> {
  const group = crypto.randomUUID();
  let added = 0;
  const refused: { readonly name: string; readonly reason: string }[] = [];
  const all = [...files].reduce((sum, [, each]) => sum + each.length, 0);
  for (const [folder, each] of files) {
    const target = folder ?? className;
    if (target === undefined) {
      say('Choose a class first, or drop a folder: its name becomes the class.', 'failed');
      return;
    }
    for (let from = 0; from < each.length; from += 100) {
      if (all > 100) say(`Adding ${count(added)} of ${countOf(all, 'image')} ...`);
      const report = await attempt(() => engine.add(target, each.slice(from, from + 100), group));
      if (report === undefined) return;
      added += report.added;
      refused.push(...report.refused);
    }
    if (files.size === 1) imageQuery.value = { className: target };
  }
  const [first] = refused;
  if (first === undefined) say(`Added ${countOf(added, 'image')}.`);
  else {
    const others = refused.length === 1 ? '' : `, and ${count(refused.length - 1)} more`;
    say(`Added ${countOf(added, 'image')}. Left out: ${first.name} (${first.reason})${others}.`, 'failed');
  }
}

async function walk(
  entry: FileSystemEntry,
  folder: string | undefined,
  found: Map<string | undefined, AddedFile[]>,
): Promise<void> {
  if (entry.name.startsWith('.')) return;
  if (entry.isDirectory) {
    for (const inside of await entriesOf(entry as FileSystemDirectoryEntry))
      await walk(inside, entry.name, found);
    return;
  }
  const file = await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject),
  );
  put(found, folder, { name: file.name, bytes: file });
}

/** They come in portions, the last one of which is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function put(found: Map<string | undefined, AddedFile[]>, folder: string | undefined, file: AddedFile): void {
  if (ARCHIVE.test(file.name)) {
    say(`${file.name}: unpack it first, and drop its folders.`, 'failed');
    return;
  }
  const files = found.get(folder);
  if (files === undefined) found.set(folder, [file]);
  else files.push(file);
}
