/** @file Files, folders and archives that were dropped, pasted or chosen: which class each is meant for. */

import { isImageName } from '../../core/examples/image-names.ts';
import type { AddedFile, FilesOfClass } from '../engine/project-state.ts';
import { countExamples, isOfTexts } from './noun.ts';
import { attempt, engine, imageQuery, project, say } from './store.ts';
import { count } from './words.ts';
import { unzipFiles } from './zip-files.ts';

/** Files by class; those of no folder have none. */
export type FilesByClass = ReadonlyMap<string | undefined, readonly AddedFile[]>;

const ARCHIVE = /\.(?:zip|tm)$/i;
const TEXT = /\.txt$/i;
const TABLE = /\.(?:csv|tsv|jsonl|ndjson)$/i;
/** Of one class, sent at once. */
const [FILES_AT_ONCE, BYTES_AT_ONCE] = [100, 24e6];

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
  const table = tableIn(files);
  const { keeping } = engine;
  if (table !== undefined && keeping !== undefined) {
    const isOpen = await attempt(() => keeping.openTable(table).then(() => true));
    if (isOpen) location.reload();
    return;
  }
  // What is wrong with an archive is told below.
  const texts = keeping && isEmpty() ? await textsIn(files).catch(() => undefined) : undefined;
  if (keeping !== undefined && texts !== undefined) {
    const isOpen = await attempt(() => keeping.openTexts(texts).then(() => true));
    if (isOpen) location.reload();
    return;
  }
  const adding = new Adding();
  try {
    for (const [folder, each] of files) {
      for (const file of each) {
        if (ARCHIVE.test(file.name)) await addArchive(adding, file, folder ?? className);
        else await adding.put(folder ?? className, file);
      }
    }
    await adding.flush();
  } catch (error) {
    await adding.flush().catch(() => undefined);
    const before = adding.added === 0 ? '' : ` Added ${countExamples(adding.added)} before.`;
    say(`${(error as Error).message}${before}`, 'failed');
    return;
  }
  const [target, ...others] = adding.classNames;
  if (target !== undefined && others.length === 0) imageQuery.value = { className: target };
  adding.tell();
}

/** A table of texts that was dropped by itself. */
function tableIn(files: FilesByClass): AddedFile | undefined {
  return files.get(undefined)?.find(({ name }) => TABLE.test(name));
}

/** Nothing was added yet: whatever comes decides what the project holds. */
function isEmpty(): boolean {
  const { classes = [], binned = 0 } = project.value ?? {};
  return classes.length + binned === 0 && !isOfTexts.value;
}

/** Class folders of texts, also in archives: there are `.txt` files in folders, and no images. */
async function textsIn(files: FilesByClass): Promise<readonly FilesOfClass[] | undefined> {
  const found = new Map<string | undefined, AddedFile[]>();
  for (const [folder, each] of files) {
    for (const file of each) {
      if (!ARCHIVE.test(file.name)) put(found, folder, file);
      else
        for await (const inside of unzipped(file)) {
          if (isImageName(inside.file.name)) return undefined;
          put(found, inside.folder, inside.file);
        }
    }
  }
  if ([...found.values()].flat().some(({ name }) => isImageName(name))) return undefined;
  const folders = [...found].flatMap(([className, own]): FilesOfClass[] => {
    const texts = own.filter(({ name }) => TEXT.test(name));
    return className === undefined || texts.length === 0 ? [] : [{ className, files: texts }];
  });
  return folders.length === 0 ? undefined : folders;
}

function unzipped({ name, bytes }: AddedFile): ReturnType<typeof unzipFiles> {
  return unzipFiles({ name, size: bytes.size, stream: () => bytes.stream() });
}

/** Its folders are classes; what lies in none of them goes to the class that is open, or to one of the archive's name. */
async function addArchive(adding: Adding, archive: AddedFile, className: string | undefined): Promise<void> {
  for await (const { folder, file } of unzipped(archive))
    await adding.put(folder ?? className ?? archive.name.replace(ARCHIVE, ''), file);
}

/** Files on their way to their classes, in portions. */
class Adding {
  readonly classNames = new Set<string>();
  added = 0;
  readonly #group = crypto.randomUUID();
  readonly #refused: { readonly name: string; readonly reason: string }[] = [];
  #className: string | undefined;
  #waiting: AddedFile[] = [];
  #bytes = 0;

  /** @throws {Error} If there is no class, or the files cannot be added. */
  async put(className: string | undefined, file: AddedFile): Promise<void> {
    if (className === undefined)
      throw new Error('Choose a class first, or drop a folder: its name becomes the class.');
    const isFull = this.#waiting.length >= FILES_AT_ONCE || this.#bytes + file.bytes.size > BYTES_AT_ONCE;
    if (className !== this.#className || isFull) await this.flush();
    this.#className = className;
    this.#waiting.push(file);
    this.#bytes += file.bytes.size;
  }

  async flush(): Promise<void> {
    const [className, files] = [this.#className, this.#waiting];
    [this.#waiting, this.#bytes] = [[], 0];
    if (className === undefined || files.length === 0) return;
    const { added, refused } = await engine.add(className, files, this.#group);
    this.added += added;
    this.#refused.push(...refused);
    this.classNames.add(className);
    if (this.added >= FILES_AT_ONCE) say(`Added ${countExamples(this.added)} ...`);
  }

  /** Says what was done. */
  tell(): void {
    const [first, ...others] = this.#refused;
    if (first === undefined) {
      say(`Added ${countExamples(this.added)}.`);
      return;
    }
    const more = others.length === 0 ? '' : `, and ${count(others.length)} more`;
    say(`Added ${countExamples(this.added)}. Left out: ${first.name} (${first.reason})${more}.`, 'failed');
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
  const files = found.get(folder);
  if (files === undefined) found.set(folder, [file]);
  else files.push(file);
}
