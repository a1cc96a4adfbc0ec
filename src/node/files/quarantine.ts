/**
 * @file Moves files aside, into a quarantine folder, and back again. Nothing is deleted and nothing overwritten: what is to be
 * moved is in a journal before it is, a file gets its new name before it loses the old one, and a name that is there is left.
 */

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  unlink,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { lockFile } from './file-lock.ts';
import { beginsWith, removeEmptyFolder, removeOwnFile } from './own-files.ts';
import { folderFor, unfinishedPath, writeError } from './write-file.ts';

/** A file that is to be moved aside. */
export interface Suspect {
  /** Its path below the data's folder. */
  readonly file: string;
  /** 64 hexadecimal digits: a file with other content is left. Default: any content. */
  readonly sha256?: string | undefined;
}

/** A file that was left where it is, and why: `not there`, `changed since the check`. */
export interface LeftFile {
  readonly file: string;
  readonly reason: string;
}

export interface QuarantineResult {
  /** The quarantine folder. */
  readonly folder: string;
  /** Paths below the data's folder. */
  readonly moved: readonly string[];
  readonly left: readonly LeftFile[];
}

const JOURNAL = 'graft-quarantine.jsonl';
const LOCK = 'graft-quarantine.lock';
const HEAD = '{"graftQuarantine":1,';
const isJournal = beginsWith(/^\{"graftQuarantine":1,/);

/** One line of the journal: paths with `/`, below the data's folder and below the quarantine. */
interface Move {
  readonly file: string;
  readonly to: string;
}

/** Where suspects of a data set go, if nobody says: a folder beside it. */
export function quarantineBeside(root: string): string {
  return `${resolve(root)}-quarantine`;
}

/**
 * Moves files into the quarantine folder, under the same paths. Called again after a kill, it does what is left.
 *
 * @param root - The data's folder.
 * @throws {GraftError} `file-exists`, if the folder is somebody else's; `file-write`.
 */
export async function quarantineFiles(
  root: string,
  suspects: readonly Suspect[],
  folder: string = quarantineBeside(root),
): Promise<QuarantineResult> {
  await requireOwn(folder);
  const isNew = await folderFor(folder);
  const result = await underLock(folder, async () => {
    const left: LeftFile[] = [];
    const moves: Move[] = [];
    const journal = await readJournal(folder);
    const taken = new Set(journal.map(({ to }) => to));
    const begun = new Map(
      journal.filter(({ to }) => !leadsOut(folder, placeIn(folder, to))).map(({ file, to }) => [file, to]),
    );
    for (const { file, sha256 } of suspects) {
      const known = begun.get(slashed(file));
      const aside = known === undefined ? undefined : await inodeOf(placeIn(folder, known));
      const here = await inodeOf(placeIn(root, slashed(file)));
      // It is there already, or a kill came between the new name and the old one's end.
      if (aside !== undefined && here === undefined) continue;
      if (aside !== undefined && here === aside) {
        moves.push({ file: slashed(file), to: known! });
        continue;
      }
      const reason = await reasonToLeave(root, file, sha256);
      if (reason !== undefined) left.push({ file, reason });
      else moves.push({ file: slashed(file), to: await freeName(folder, slashed(file), taken) });
    }
    if (moves.length > 0) await appendJournal(folder, root, moves);
    const moved: string[] = [];
    for (const { file, to } of moves) {
      const problem = await moveFile(placeIn(root, file), placeIn(folder, to));
      if (problem === undefined) moved.push(file);
      else left.push({ file, reason: problem });
    }
    return { folder, moved, left };
  });
  if (isNew && result.moved.length === 0) await removeEmptyFolder(folder).catch(() => false);
  return result;
}

/**
 * Moves everything of a quarantine back to where it was. What finds its place taken stays in the quarantine.
 *
 * @param root - The data's folder, wherever it is by now.
 * @throws {GraftError} `file-not-found`, if there is no quarantine of Graft's; `file-write`.
 */
export async function restoreQuarantine(
  root: string,
  folder: string = quarantineBeside(root),
): Promise<QuarantineResult> {
  if (!(await isJournal(join(folder, JOURNAL)).catch(() => false))) throw noQuarantine(folder);
  return underLock(folder, async () => {
    const moved: string[] = [];
    const left: LeftFile[] = [];
    // A file that was moved, brought back and moved again stands there twice: the last time counts.
    for (const { file, to } of (await readJournal(folder)).toReversed()) {
      const [there, aside] = [placeIn(root, file), placeIn(folder, to)];
      // A journal may be a stranger's, and is to move nothing from or to elsewhere.
      if (leadsOut(root, there) || leadsOut(folder, aside) || (await isBehindLink(folder, aside))) {
        left.push({ file, reason: 'not below the folder of the data' });
        continue;
      }
      if ((await inodeOf(aside)) === undefined) {
        // It was brought back before, unless somebody took it out of the quarantine.
        if ((await inodeOf(there)) === undefined) left.push({ file, reason: 'not there' });
        continue;
      }
      const problem = await moveFile(aside, there);
      if (problem === undefined) moved.push(file);
      else left.push({ file, reason: problem });
    }
    if (left.length === 0) {
      await removeOwnFile(join(folder, JOURNAL), isJournal);
      await removeEmptyFolders(folder);
    }
    return { folder, moved: moved.toReversed(), left };
  }).finally(() => removeEmptyFolder(folder).catch(() => false));
}

/** Gives a file another name, and another folder; undefined if it is there, else why it was left. */
async function moveFile(from: string, to: string): Promise<string | undefined> {
  await folderFor(dirname(to));
  try {
    const [source, target] = [await inodeOf(from), await inodeOf(to)];
    if (source === undefined) return target === undefined ? 'not there' : undefined;
    // A kill came between the new name and the old one's end.
    if (target !== undefined && target !== source) return 'its name is taken there';
    if (target === undefined) {
      const problem = await secondName(from, to);
      if (problem !== undefined) return problem;
    }
    await unlink(from);
    return undefined;
  } catch (cause) {
    throw writeError(to, cause);
  }
}

/** A link, or where file systems differ or know none, a copy. */
async function secondName(from: string, to: string): Promise<string | undefined> {
  try {
    await link(from, to);
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'its name is taken there';
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
  }
  const beside = unfinishedPath(to);
  const before = await lstat(from);
  await copyFile(from, beside, constants.COPYFILE_EXCL);
  await utimes(beside, before.atime, before.mtime);
  const file = await open(beside, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  if ((await inodeOf(to)) !== undefined) return 'its name is taken there';
  await rename(beside, to);
  return undefined;
}

/** What tells two files apart; undefined where there is none. A link counts as itself. */
async function inodeOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await lstat(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function reasonToLeave(
  root: string,
  file: string,
  sha256: string | undefined,
): Promise<string | undefined> {
  const place = placeIn(root, file);
  if (isAbsolute(file) || leadsOut(root, place)) return 'not below the folder of the data';
  const found = await lstat(place).catch(() => undefined);
  if (found === undefined) return 'not there';
  if (!found.isFile() && !found.isSymbolicLink()) return 'no file';
  if (sha256 === undefined) return undefined;
  const now = await digestOf(place).catch(() => undefined);
  return now === sha256.toLowerCase() ? undefined : 'changed since the check';
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer);
  return digest.digest('hex');
}

/** The same path, or with a number where it is taken: `cats/1 (2).jpg`. */
async function freeName(folder: string, file: string, taken: Set<string>): Promise<string> {
  const ending = extname(file);
  let name = file;
  for (let number = 2; taken.has(name) || (await inodeOf(placeIn(folder, name))) !== undefined; number++) {
    name = `${file.slice(0, file.length - ending.length)} (${number})${ending}`;
  }
  taken.add(name);
  return name;
}

/** On disk before anything is moved. A line that a kill cut off is ended first, and never read. */
async function appendJournal(folder: string, root: string, moves: readonly Move[]): Promise<void> {
  const path = join(folder, JOURNAL);
  try {
    const file = await open(path, 'a');
    try {
      const isNew = (await file.stat()).size === 0;
      const data = slashed(relative(folder, resolve(root)));
      const head = isNew ? `${HEAD}"data":${JSON.stringify(data)}}\n` : '\n';
      await file.writeFile(head + moves.map((move) => `${JSON.stringify(move)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function readJournal(folder: string): Promise<Move[]> {
  const text = await readFile(join(folder, JOURNAL), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const { file, to } = JSON.parse(line) as Partial<Move>;
      return typeof file === 'string' && typeof to === 'string' ? { file, to } : [];
    } catch {
      return [];
    }
  });
}

/** A folder that is not there, is empty, or has Graft's journal. */
async function requireOwn(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw writeError(folder, error);
  });
  const others = names.filter((name) => name !== LOCK);
  if (others.length === 0 || (await isJournal(join(folder, JOURNAL)).catch(() => false))) return;
  throw new GraftError('file-exists', {
    where: `quarantine "${folder}"`,
    expected: 'no folder yet, an empty one, or one that graft check made',
    received: `a folder with ${others.length === 1 ? `"${others[0]}"` : `${others.length} entries`}`,
    advice: 'Choose another with --quarantine DIR.',
  });
}

async function underLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockFile(join(folder, LOCK), {
    onAlive: () => {
      throw new GraftError('file-exists', {
        where: `quarantine "${folder}"`,
        expected: 'one process at a time',
        received: 'another one that is moving files',
        advice: 'Wait until it has ended.',
      });
    },
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Deepest first; a folder with something in it stays. */
async function removeEmptyFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of folders.sort((a, b) => b.length - a.length)) {
    await removeEmptyFolder(path).catch(() => false);
  }
}

function leadsOut(folder: string, place: string): boolean {
  const below = relative(folder, place);
  return below === '' || below.split(sep)[0] === '..' || isAbsolute(below);
}

/** Whether a folder on the way is a link: a quarantine has none. */
async function isBehindLink(folder: string, place: string): Promise<boolean> {
  const [top, there] = await Promise.all(
    [folder, dirname(place)].map((each) => realpath(each).catch(() => '')),
  );
  return there !== '' && there !== top && leadsOut(top!, there!);
}

function placeIn(folder: string, path: string): string {
  return join(folder, ...path.split('/'));
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

function noQuarantine(folder: string): GraftError {
  return new GraftError('file-not-found', {
    where: `quarantine "${basename(folder)}"`,
    expected: 'a folder that graft check made',
    received: 'none',
    advice: 'Nothing is to be brought back, or it lies elsewhere: --quarantine DIR.',
  });
}
