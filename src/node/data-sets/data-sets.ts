/** @file Fetches a data set by name, and lays it out as class folders. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import type { SkippedFile } from '../../core/examples/sample.ts';
import { parseFileName } from '../../core/weights/address.ts';
import type { CacheSurroundings } from '../../core/weights/download-options.ts';
import { cacheFolder } from '../download/cache-folder.ts';
import { type DownloadOptions, downloadFile } from '../download/download.ts';
import { lockFile } from '../files/file-lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import { NAME_IS_PROOF, removeEmptyFolder, removeOwnFile, removeOwnTree } from '../files/own-files.ts';
import { decodeImage } from '../images/image-decoder.ts';
import type { DataSetArchive, DataSetInfo } from './data-set-infos.ts';
import { type UnpackLimits, unpackZip } from './unpack-zip.ts';

export interface FetchDataSetOptions extends DownloadOptions, CacheSurroundings {
  /** Where it goes. */
  readonly folder: string;
  /** Hears how far each stage is; `stage` is `fetch NAME.zip`, `unpack` or `check`. */
  readonly onStage?:
    | ((stage: string, done: number, total: number, unit: 'bytes' | 'images') => void)
    | undefined;
  readonly limits?: Partial<UnpackLimits> | undefined;
}

/** A data set in its folder. */
export interface FetchedDataSet {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** Class folder, with its part (`train/horses`) -> images, broken ones included. */
  readonly images: Readonly<Record<string, number>>;
  /** Images that cannot be decoded, relative to the folder. They lie in it, and training leaves them out. */
  readonly broken: readonly SkippedFile[];
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

/** Says in the folder that it is complete; hidden, so that it is no class. */
const NOTE = '.graft-data-set.json';

/** Says of a folder that Graft unpacks into it, and has not finished. */
const MARK = '.graft-unpacking';

/** Names that are unpacked: nothing that any file system takes for more than a name. */
const IMAGE_NAME = /^\w[\w .()-]*\.(?:jpe?g|png)$/i;

const ALTERNATIVES = 'Or name a mirror in GRAFT_DATA_MIRROR.';

/**
 * Fetches the archives of a data set into the cache folder, compares their hashes, and unpacks them into
 * `options.folder`: one folder for each class, below `train` and `val` where there is an official split. The folder
 * appears whole or not at all; if it is there whole already, nothing is done. `GRAFT_DATA_MIRROR`, the address
 * of a folder with the archives, is asked in place of the official servers.
 *
 * @throws {GraftError} `file-exists`: a folder that holds something else; `dataset`: an archive that is refused;
 *   `interrupted`; and as {@link downloadFile}.
 */
export async function fetchDataSet(
  dataSet: DataSetInfo,
  options: FetchDataSetOptions,
): Promise<FetchedDataSet> {
  const { signal, onNote } = options;
  const folder = resolve(options.folder);
  const there = await readNote(folder, dataSet);
  if (there !== undefined) return there;
  await refuseOccupied(folder, options.folder);

  const archives: { archive: DataSetArchive; path: string }[] = [];
  for (const archive of dataSet.archives)
    archives.push({ archive, path: await fetchArchive(archive, options) });

  const beside = join(dirname(folder), `.${basename(folder)}`);
  try {
    await folderFor(dirname(folder));
    const onWait = (): void =>
      onNote?.(`Another process is unpacking into ${options.folder}; waiting for it.`);
    const lock = await lockFile(`${beside}.lock`, { signal, onWait });
    try {
      const byOther = await readNote(folder, dataSet);
      if (byOther !== undefined) return byOther;
      await refuseOccupied(folder, options.folder);
      await removeStagings(dataSet, folder);
      return await layOut(dataSet, archives, folder, options);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!signal?.aborted || error instanceof GraftError) throw error;
    throw new GraftError(
      'interrupted',
      {
        where: `data set "${dataSet.name}"`,
        expected: 'all images',
        received: 'a request to stop',
        advice: 'The archives are kept; nothing was unpacked.',
      },
      { cause: error },
    );
  }
}

function fetchArchive(archive: DataSetArchive, options: FetchDataSetOptions): Promise<string> {
  const { url, bytes, sha256 } = archive;
  const fileName = parseFileName(url);
  const env = options.env ?? process.env;
  return downloadFile(
    {
      url,
      bytes,
      sha256,
      destination: join(cacheFolder(options), 'data', fileName),
      mirror: env['GRAFT_DATA_MIRROR'] || undefined,
      alternatives: ALTERNATIVES,
    },
    {
      ...options,
      onProgress: ({ receivedBytes }) =>
        options.onStage?.(`fetch ${fileName}`, receivedBytes, bytes, 'bytes'),
    },
  );
}

async function layOut(
  dataSet: DataSetInfo,
  archives: readonly { archive: DataSetArchive; path: string }[],
  folder: string,
  options: FetchDataSetOptions,
): Promise<FetchedDataSet> {
  // A name that is drawn at random is nobody else's.
  const staging = stagingPath(folder) + randomBytes(6).toString('hex');
  await folderFor(staging);
  try {
    await writeFile(join(staging, MARK), '').catch((cause: unknown) => {
      throw storageError(`file "${staging}"`, cause, 'Choose another folder with --out.');
    });
    return await layOutIn(staging, dataSet, archives, folder, options);
  } finally {
    await removeStagings(dataSet, folder);
  }
}

/** Where a data set is laid out before it gets its name: hidden, beside its place. */
function stagingPath(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.graft-`);
}

/**
 * Removes what was laid out and did not get its name, also by processes that were killed, under the lock. Only images where
 * this data set has them go, and only from folders with the mark: whatever else lies there stays.
 */
async function removeStagings(dataSet: DataSetInfo, folder: string): Promise<void> {
  const start = basename(stagingPath(folder));
  const places = new Set(dataSet.archives.flatMap(({ folders }) => Object.values(folders)));
  for (const name of await readdir(dirname(folder)).catch(() => [])) {
    if (!name.startsWith(start) || !/^[0-9a-f]{12}$/.test(name.slice(start.length))) continue;
    const staging = join(dirname(folder), name);
    const inside: readonly string[] = await readdir(staging).catch(() => []);
    if (!inside.includes(MARK) && !inside.includes(NOTE)) continue;
    await removeOwnTree(staging, (path) => {
      const isImage = places.has(dirname(path)) && IMAGE_NAME.test(basename(path));
      return isImage || path === NOTE || path === MARK ? NAME_IS_PROOF : undefined;
    });
  }
}

async function layOutIn(
  staging: string,
  dataSet: DataSetInfo,
  archives: readonly { archive: DataSetArchive; path: string }[],
  folder: string,
  { onStage, limits, signal }: FetchDataSetOptions,
): Promise<FetchedDataSet> {
  const files: string[] = [];
  for (const { archive, path } of archives) {
    const before = files.length;
    const unpacked = await unpackZip(path, staging, {
      place: (name) => placeOf(name, archive.folders),
      limits,
      signal,
      onProgress: (progress) =>
        onStage?.(
          'unpack',
          before + progress.files,
          Math.max(dataSet.images, before + progress.of),
          'images',
        ),
    });
    requireEveryFolder(path, archive, unpacked);
    for (const file of unpacked) files.push(file);
  }
  const broken = await findBroken(
    staging,
    files,
    (done) => onStage?.('check', done, files.length, 'images'),
    signal,
  );
  const images: Record<string, number> = {};
  for (const file of files) images[dirname(file)] = (images[dirname(file)] ?? 0) + 1;
  const found = { name: dataSet.name, images, broken };
  const note = {
    ...found,
    archives: dataSet.archives.map(({ url, sha256 }) => ({ url, sha256 })),
    license: dataSet.license,
  };
  try {
    await writeFile(join(staging, NOTE), `${JSON.stringify(note, null, 2)}\n`);
    await removeOwnFile(join(staging, MARK), NAME_IS_PROOF);
    // An empty folder may be in the way; one with something in it is not removed by this.
    await removeEmptyFolder(folder).catch(() => false);
    await rename(staging, folder);
  } catch (cause) {
    throw storageError(`file "${folder}"`, cause, 'Choose another folder with --out.');
  }
  return { ...found, folder, wasThere: false };
}

/** `PetImages/Cat/1.jpg` -> `cats/1.jpg`. */
function placeOf(name: string, folders: DataSetArchive['folders']): string | undefined {
  const cut = name.lastIndexOf('/');
  const folder = name.slice(0, Math.max(cut, 0));
  const file = name.slice(cut + 1);
  if (!Object.hasOwn(folders, folder) || !IMAGE_NAME.test(file)) return undefined;
  return `${folders[folder]}/${file}`;
}

function requireEveryFolder(path: string, { folders }: DataSetArchive, unpacked: readonly string[]): void {
  const seen = new Set(unpacked.map((file) => dirname(file)));
  const missing = Object.entries(folders).filter(([, to]) => !seen.has(to));
  if (missing.length === 0) return;
  throw new GraftError('dataset', {
    where: `archive "${basename(path)}"`,
    expected: `images in ${missing.map(([from]) => `"${from}"`).join(' and ')}`,
    received: 'none',
    advice: 'The archive is another one than it was: give images of your own.',
  });
}

/** Decodes every image, a few at a time, as training will do. */
async function findBroken(
  root: string,
  files: readonly string[],
  onDone: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<SkippedFile[]> {
  const reasons = new Map<string, string>();
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      signal?.throwIfAborted();
      try {
        await decodeImage(join(root, file), { width: 8, height: 8 });
      } catch (error) {
        if (!(error instanceof GraftError)) throw error;
        reasons.set(file, error.parts.received);
      }
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, work));
  return files.flatMap((file) => {
    const reason = reasons.get(file);
    return reason === undefined ? [] : [{ file, reason }];
  });
}

async function readNote(folder: string, dataSet: DataSetInfo): Promise<FetchedDataSet | undefined> {
  try {
    const note = JSON.parse(await readFile(join(folder, NOTE), 'utf8'));
    // Notes of earlier versions call them pictures.
    const { name, images = note.pictures, broken } = note;
    if (name !== dataSet.name || typeof images !== 'object' || !Array.isArray(broken)) return undefined;
    return { name, folder, images, broken, wasThere: true };
  } catch {
    return undefined;
  }
}

async function refuseOccupied(folder: string, given: string): Promise<void> {
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined) return;
  const entries = status.isDirectory() ? await readdir(folder) : undefined;
  if (entries?.length === 0) return;
  throw new GraftError('file-exists', {
    where: `folder "${given}"`,
    expected: 'a new or empty folder',
    received: entries === undefined ? 'a file' : `one with ${entries.length} entries`,
    advice: 'Nothing was changed there. Choose another one with --out.',
  });
}

async function folderFor(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (cause) {
    throw storageError(`file "${path}"`, cause, 'Choose another folder with --out.');
  }
}
