/** @file Unpacks a zip archive that is not trusted: nothing leaves the folder, and nothing grows beyond its limits. */

import { createWriteStream } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { GraftError } from '../../core/errors/graft-error.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import { makeFolder } from '../files/make-folder.ts';

export interface UnpackLimits {
  /** Entries of the archive, folders and files that are not unpacked included. */
  readonly entries: number;
  /** Unpacked bytes of one file. */
  readonly fileBytes: number;
  /** Unpacked bytes of all files. */
  readonly totalBytes: number;
  /** All unpacked bytes, divided by those of the archive. Images hardly shrink; a bomb has 1,000 and more. */
  readonly ratio: number;
}

export interface UnpackOptions {
  /**
   * Where a file goes, relative to the folder, with `/`; `undefined` leaves it out.
   *
   * @param name - The name in the archive, with `/`.
   */
  readonly place: (name: string) => string | undefined;
  readonly limits?: Partial<UnpackLimits> | undefined;
  readonly onProgress?: ((progress: { readonly files: number; readonly of: number }) => void) | undefined;
  /** Ends the unpacking by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_LIMITS: UnpackLimits = {
  entries: 200_000,
  fileBytes: 64 * 2 ** 20,
  totalBytes: 8 * 2 ** 30,
  ratio: 100,
};

/**
 * Unpacks the files that `place` names below `folder`, which should be new: a file that is there is not overwritten.
 *
 * The whole directory of the archive is checked before the first byte is written: a path that leads out of the folder,
 * a link or device, encryption, overlapping files or a limit that is exceeded refuses the archive, whether that
 * entry would have been unpacked or not. While a file is unpacked it is held to the size that was checked. The checksums
 * inside the archive are not looked at: whoever fetched it has compared the hash of the whole.
 *
 * @returns The files that were written, relative to `folder`, in the archive's order.
 * @throws {GraftError} `dataset`: the archive is damaged or refused; `file-write`: a full disk.
 */
export async function unpackZip(archive: string, folder: string, options: UnpackOptions): Promise<string[]> {
  const { place, onProgress, signal } = options;
  const where = `archive "${basename(archive)}"`;
  const zip = await openZip(archive, where);
  try {
    const wanted: { entry: Entry; target: string }[] = [];
    for (const entry of await checkedEntries(zip, where, { ...DEFAULT_LIMITS, ...options.limits })) {
      const target = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
      if (target !== undefined) wanted.push({ entry, target });
    }
    const folders = new Set<string>();
    for (const [files, { entry, target }] of wanted.entries()) {
      signal?.throwIfAborted();
      const path = resolve(folder, target);
      if (!path.startsWith(resolve(folder) + sep)) throw refusal(where, LEADS_OUT, `"${target}"`);
      if (!folders.has(dirname(path))) {
        await makeFolder(dirname(path)).catch((cause) => {
          throw storageError(`file "${path}"`, cause, MAKE_ROOM);
        });
        folders.add(dirname(path));
      }
      await unpackEntry(zip, entry, path, where, signal);
      onProgress?.({ files: files + 1, of: wanted.length });
    }
    return wanted.map(({ target }) => target);
  } finally {
    zip.close();
  }
}

const LEADS_OUT = 'only paths that stay in the folder';
const MAKE_ROOM = 'Make room, or choose another folder with --out.';

async function openZip(archive: string, where: string): Promise<ZipFile> {
  try {
    return await openPromise(archive, { autoClose: false });
  } catch (cause) {
    throw damaged(where, cause);
  }
}

async function checkedEntries(zip: ZipFile, where: string, limits: UnpackLimits): Promise<Entry[]> {
  refuseAbove(where, limits.entries, zip.entryCount, 'entries');
  const entries: Entry[] = [];
  let packedBytes = 0;
  let totalBytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      refuseKind(where, entry);
      refuseAbove(where, limits.fileBytes, entry.uncompressedSize, `bytes in "${entry.fileName}"`);
      packedBytes += entry.compressedSize;
      totalBytes += entry.uncompressedSize;
      refuseAbove(where, limits.totalBytes, totalBytes, 'unpacked bytes');
      entries.push(entry);
    }
  } catch (cause) {
    throw damaged(where, cause);
  }
  // Files that share bytes are how a bomb gets beyond the ratio of its compression.
  if (packedBytes > zip.fileSize) throw refusal(where, 'files that do not overlap', 'overlapping ones');
  refuseAbove(where, limits.ratio, Math.ceil(totalBytes / zip.fileSize), 'times the size of the archive');
  return entries;
}

/** File types in the upper half of an entry's external attributes, as Unix has them. */
const TYPE_MASK = 0o170000;
const TYPES: ReadonlyMap<number, string> = new Map([
  [0o010000, 'a pipe'],
  [0o020000, 'a device'],
  [0o060000, 'a device'],
  [0o120000, 'a symbolic link'],
  [0o140000, 'a socket'],
]);

function refuseKind(where: string, entry: Entry): void {
  const name = `"${entry.fileName}"`;
  const type = TYPES.get((entry.externalFileAttributes >>> 16) & TYPE_MASK);
  if (type !== undefined) throw refusal(where, 'only files and folders', `${type}, ${name}`);
  if (entry.isEncrypted()) throw refusal(where, 'files without a password', `an encrypted one, ${name}`);
  if (!entry.canDecodeFileData()) {
    throw refusal(where, 'files that are stored or deflated', `method ${entry.compressionMethod} in ${name}`);
  }
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
  where: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = createWriteStream(path, { flags: 'wx' });
  let writeFault: NodeJS.ErrnoException | undefined;
  target.once('error', (fault) => {
    writeFault = fault;
  });
  try {
    const source = await zip.openReadStreamPromise(entry);
    await pipeline(source, target, { ...(signal && { signal }) });
  } catch (cause) {
    target.destroy();
    signal?.throwIfAborted();
    if (writeFault?.code === 'EEXIST') throw refusal(where, 'every file once', `"${entry.fileName}" twice`);
    // Only the file system's errors name a call; the others come from the archive.
    if (writeFault?.syscall !== undefined) throw storageError(`file "${path}"`, writeFault, MAKE_ROOM);
    throw damaged(where, cause);
  }
}

function refuseAbove(where: string, limit: number, found: number, what: string): void {
  if (found <= limit) return;
  throw refusal(where, `at most ${limit.toLocaleString('en')} ${what}`, found.toLocaleString('en'));
}

function refusal(where: string, expected: string, received: string): GraftError {
  const advice = 'Nothing of it is used: the archive is not what it should be.';
  return new GraftError('dataset', { where, expected, received, advice });
}

function damaged(where: string, cause: unknown): GraftError {
  if (cause instanceof GraftError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const path = /^(?:absolute path|invalid relative path|invalid characters in fileName): (.*)$/.exec(message);
  if (path) return refusal(where, LEADS_OUT, `"${path[1]}"`);
  const advice = 'The archive is damaged: remove it and fetch it again.';
  const parts = { where, expected: 'a whole zip archive', received: `"${message}"`, advice };
  return new GraftError('dataset', parts, { cause });
}
