/**
 * @file Zip archives and projects of Teachable Machine, unpacked in the page as they are read: never more than an image of them is in
 * memory, and of the names in them no more than a class and a file name is taken.
 */

import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import type { AddedFile } from '../engine/project-state.ts';

/** A file of an archive. */
export interface UnzippedFile {
  /** The name of the folder that it lies in, without those above it. */
  readonly folder: string | undefined;
  readonly file: AddedFile;
}

/** Limits of what an archive may unpack to: images hardly get smaller in one. */
export interface ZipLimits {
  /** Of one file. */
  readonly fileBytes: number;
  /** Of all together, where they are also more than `ratio` times the archive. */
  readonly freeBytes: number;
  readonly ratio: number;
  readonly files: number;
}

export const ZIP_LIMITS: ZipLimits = { fileBytes: 64e6, freeBytes: 128e6, ratio: 20, files: 500_000 };

/** Read at once: what it unpacks to, at most a thousand times as much, is in memory before it is looked at. */
const STEP_BYTES = 16 * 1024;

/** Of Teachable Machine: all lie side by side, each named by its class, which may have any letters, and its number. */
const SAMPLE = /^(.+)-!-(\d+(?:\.\w+)?)$/s;
const PROJECT = /\.tm$/i;
const MANIFEST = 'manifest.json';

/** What is asked of the file that is unpacked: a `File` has it. */
export interface ZipSource {
  readonly name: string;
  readonly size: number;
  stream(): ReadableStream<Uint8Array>;
}

/**
 * Files in the order of the archive.
 *
 * @throws {Error} With a message for people: if it is none, is damaged, or unpacks to too much. What came before was good.
 */
export async function* unzipFiles(
  source: ZipSource,
  limits: ZipLimits = ZIP_LIMITS,
): AsyncGenerator<UnzippedFile> {
  const ready: UnzippedFile[] = [];
  const state = { files: 0, unpacked: 0, read: 0, failure: undefined as string | undefined };
  const unzip = new Unzip((entry) => {
    state.files++;
    if (state.files > limits.files) state.failure = `more than ${limits.files} files`;
    else if (!isIgnored(entry.name)) take(entry);
  });
  unzip.register(UnzipInflate);
  for await (const bytes of stepsOf(source)) {
    state.read += bytes.length;
    try {
      unzip.push(bytes, state.read >= source.size);
    } catch (error) {
      state.failure ??= (error as Error).message;
    }
    yield* ready.splice(0);
    if (state.failure !== undefined) throw new Error(`${source.name}: ${state.failure}.`);
  }
  if (state.files === 0) throw new Error(`${source.name}: this is no zip archive, or an empty one.`);

  function take(entry: UnzipFile): void {
    const limit = entry.name === MANIFEST ? 1e6 : limits.fileBytes;
    if ((entry.originalSize ?? 0) > limit) {
      state.failure = `${shown(entry.name)} unpacks to more than ${limit / 1e6} MB`;
      return;
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    entry.ondata = (error, bytes, isLast) => {
      if (state.failure !== undefined) return;
      if (error !== null) {
        state.failure = `${shown(entry.name)} is damaged (${error.message})`;
        return;
      }
      size += bytes.length;
      state.unpacked += bytes.length;
      const isBomb = state.unpacked > limits.freeBytes && state.unpacked > limits.ratio * state.read;
      if (size > limit) state.failure = `${shown(entry.name)} unpacks to more than ${limit / 1e6} MB`;
      else if (isBomb) state.failure = `it unpacks to more than ${limits.ratio} times its size`;
      if (state.failure !== undefined) {
        entry.terminate();
        return;
      }
      // The unpacker uses its memory again.
      parts.push(bytes.slice());
      if (isLast) finish(entry.name, parts);
    };
    entry.start();
  }

  function finish(path: string, parts: readonly Uint8Array[]): void {
    const bytes = new Blob(parts as Uint8Array<ArrayBuffer>[]);
    if (path === MANIFEST) {
      state.failure = refusedManifest(parts);
      return;
    }
    const names = path.split(/[/\\]/).filter((name) => name !== '' && name !== '.' && name !== '..');
    const name = names.at(-1) ?? 'image';
    // Somebody may have put a project into a folder, and that into an archive.
    const sample = SAMPLE.exec(PROJECT.test(source.name) ? path : name);
    if (sample !== null) ready.push({ folder: folderOf(sample[1]!), file: { name: sample[2]!, bytes } });
    else ready.push({ folder: names.at(-2), file: { name, bytes } });
  }
}

async function* stepsOf(source: ZipSource): AsyncGenerator<Uint8Array> {
  const reader = source.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (let at = 0; at < value.length; at += STEP_BYTES) yield value.subarray(at, at + STEP_BYTES);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A class of Teachable Machine as a folder can be called. */
function folderOf(className: string): string {
  const name = className
    .replace(/[/\\:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+|\.+$/g, '')
    .trim();
  return name === '' ? 'class' : name;
}

/** Folders, and what systems put into archives. */
function isIgnored(path: string): boolean {
  if (path.endsWith('/') || path.endsWith('\\')) return true;
  return path.split(/[/\\]/).some((name) => /^(?:__MACOSX|Thumbs\.db|desktop\.ini|\.[^.].*)$/i.test(name));
}

/** A project of Teachable Machine that is not of images. */
function refusedManifest(parts: readonly Uint8Array[]): string | undefined {
  const decoder = new TextDecoder();
  try {
    const text = parts.map((bytes) => decoder.decode(bytes, { stream: true })).join('');
    const { type } = JSON.parse(text) as { readonly type?: unknown };
    if (typeof type !== 'string' || type === 'image') return undefined;
    return `a Teachable Machine project of ${shown(type)}; the studio opens those of images`;
  } catch {
    return undefined;
  }
}

function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}...` : name;
}
