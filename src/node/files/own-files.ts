/**
 * @file The rule by which files go: Graft removes, renames over or overwrites only what it can prove that it wrote. What it
 * cannot prove stays where it is, whatever its name. Who else removes files at all is listed in docs/architecture.md.
 */

import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile, rmdir, stat, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Whether a file is one that Graft wrote: by what is in it. */
export type Proof = (path: string) => Promise<boolean>;

/** What Graft writes into a folder of its own. */
export interface OwnFile {
  /** Of all names that it gives, and of no others. */
  readonly name: RegExp;
  readonly proof: Proof;
}

/** No document that Graft keeps beside other files is longer. */
const MAX_JSON_BYTES = 50e6;

/** For names that nobody gives by hand: they hold a process's number, or numbers drawn at random. */
export const NAME_IS_PROOF: Proof = async () => true;

/** Proof by the first bytes of a file, as text. An empty file has none. */
export function beginsWith(head: RegExp, bytes = 512): Proof {
  return async (path) => head.test(await readHead(path, bytes));
}

/** Proof by the entries of a JSON document. A person who has changed a value still has Graft's document. */
export function isJsonWith(...keys: readonly string[]): Proof {
  return async (path) => {
    if ((await stat(path)).size > MAX_JSON_BYTES) return false;
    const document = JSON.parse(await readFile(path, 'utf8')) as unknown;
    return typeof document === 'object' && document !== null && keys.every((key) => key in document);
  };
}

/** Proof by one of several. */
export function either(...proofs: readonly Proof[]): Proof {
  return async (path) => {
    for (const proof of proofs) if (await proof(path)) return true;
    return false;
  };
}

/** A power cut leaves files that were just made empty, or filled with zeros: there is nothing in them to lose. */
export const isVoid: Proof = async (path) => {
  for await (const chunk of createReadStream(path)) {
    if ((chunk as Buffer).some((byte) => byte !== 0)) return false;
  }
  return true;
};

/**
 * Removes a file, if it is one of Graft's. A link or folder of its name is not.
 *
 * @returns Whether nothing of that name is there any more.
 * @throws The file system's own error, if it cannot be removed.
 */
export async function removeOwnFile(path: string, proof: Proof): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === 'nothing') return true;
  if (kind !== 'file') return false;
  const looked = await versionOf(path);
  if (!(await isProven(path, proof))) return false;
  // Another program may have put its file there while this one was looked at.
  if (looked === undefined || (await versionOf(path)) !== looked) return false;
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return true;
}

/** Removes Graft's own among the files of a folder; all else stays, and what cannot be removed. */
export async function removeOwnFiles(folder: string, own: readonly OwnFile[]): Promise<void> {
  for (const name of await namesIn(folder)) {
    const { proof } = own.find((each) => each.name.test(name)) ?? {};
    if (proof !== undefined) await removeOwnFile(join(folder, name), proof).catch(() => false);
  }
}

/**
 * Removes Graft's own files of a folder, and the folder if nothing is left in it.
 *
 * @returns Whether the folder is gone.
 */
export async function removeOwnFolder(folder: string, own: readonly OwnFile[]): Promise<boolean> {
  // What a link leads to is a person's choice.
  if ((await kindOf(folder)) !== 'folder') return (await kindOf(folder)) === 'nothing';
  await removeOwnFiles(folder, own);
  return removeEmptyFolder(folder);
}

/**
 * Removes Graft's own files of a folder and of all below it, and the folders that are empty then.
 *
 * @param proofOf - By the path below the folder, with `/`; undefined for what Graft never writes.
 * @returns Whether the folder is gone.
 */
export async function removeOwnTree(
  folder: string,
  proofOf: (path: string) => Proof | undefined,
): Promise<boolean> {
  if ((await kindOf(folder)) !== 'folder') return (await kindOf(folder)) === 'nothing';
  const visit = async (below: string): Promise<void> => {
    for (const name of await namesIn(join(folder, below))) {
      const path = join(below, name);
      const whole = join(folder, path);
      if ((await kindOf(whole)) === 'folder') {
        await visit(path);
        continue;
      }
      const proof = proofOf(path.split(sep).join('/'));
      if (proof !== undefined) await removeOwnFile(whole, proof).catch(() => false);
    }
    await removeEmptyFolder(join(folder, below));
  };
  await visit('');
  return (await kindOf(folder)) === 'nothing';
}

/** Removes a folder with nothing in it. @returns Whether it is gone. */
export async function removeEmptyFolder(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

/** Whether a file may be written over: nothing is there, or a file that Graft wrote. */
export async function isReplaceable(path: string, proof: Proof): Promise<boolean> {
  const kind = await kindOf(path);
  if (kind === 'nothing') return true;
  // What a link leads to is what would be replaced.
  return (kind === 'file' || kind === 'link') && isProven(path, proof);
}

/** Proofs read. A pipe or a device, which a link may lead to as well, would keep them for ever. */
async function isProven(path: string, proof: Proof): Promise<boolean> {
  try {
    return (await stat(path)).isFile() && (await proof(path));
  } catch {
    return false;
  }
}

/** Another one for another file of the name, and for other content. */
async function versionOf(path: string): Promise<string | undefined> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  return found && [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
}

async function kindOf(path: string): Promise<'nothing' | 'file' | 'folder' | 'link' | 'other'> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return 'link';
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'other';
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Bytes as characters of the same number. @throws The file system's own error. */
async function readHead(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
