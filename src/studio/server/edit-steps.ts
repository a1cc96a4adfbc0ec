/**
 * @file The steps that edits of a project are made of. A step moves a file, or renames a folder, to a name that is free, or makes or
 * takes away an empty folder: whatever happens in the middle, every image has one name or two, and nothing is written over.
 */

import { link, lstat, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../node/files/make-folder.ts';
import { removeEmptyFolder } from '../../node/files/own-files.ts';
import type { EditStep, LeftStep } from '../project/project-place.ts';
import { resolvePlace } from './project-paths.ts';

/**
 * Does the steps, in their order. Those that were done before a kill are passed over, so that all may be done again.
 *
 * @param onMove - Hears of every file that is in its new place.
 * @returns What could not be done.
 */
export async function doSteps(
  root: string,
  steps: readonly EditStep[],
  onMove: (step: { readonly op: 'move' | 'rename'; readonly from: string; readonly to: string }) => void,
): Promise<LeftStep[]> {
  const left: LeftStep[] = [];
  const made = new Set<string>();
  for (const step of steps) {
    if (step.op === 'remove') {
      // What somebody put there stays.
      await removeEmptyFolder(resolvePlace(root, step.folder)).catch(() => false);
      continue;
    }
    try {
      if (step.op === 'make') {
        await makeFolder(resolvePlace(root, step.folder));
        continue;
      }
      const target = resolvePlace(root, step.to);
      const folder = dirname(target);
      if (!made.has(folder)) await makeFolder(folder);
      made.add(folder);
      if (step.op === 'move') await moveToNew(resolvePlace(root, step.from), target);
      else await renameFolder(resolvePlace(root, step.from), target);
      onMove(step);
    } catch (error) {
      const path = step.op === 'make' ? step.folder : step.from;
      left.push({ path, reason: reasonOf(error as NodeJS.ErrnoException) });
    }
  }
  return left;
}

/** A second name, then the first one goes: no file of another is replaced, and after a kill the file has both. */
async function moveToNew(from: string, to: string): Promise<void> {
  const [source, target] = [await found(from), await found(to)];
  if (source === undefined && target !== undefined) return;
  if (source !== undefined && target !== undefined) {
    if (source.ino !== target.ino || source.dev !== target.dev || !source.isFile()) throw taken();
    await unlink(from);
    return;
  }
  if (source?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
  if (source?.isSymbolicLink()) throw Object.assign(new Error('link'), { code: 'ELINK' });
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    // Some file systems know no second name for a file.
    await rename(from, to);
    return;
  }
  await unlink(from);
}

/** A folder of the new name must not be there; one that differs in case alone may be the same. */
async function renameFolder(from: string, to: string): Promise<void> {
  const [source, target] = [await found(from), await found(to)];
  if (source === undefined && target !== undefined) return;
  if (target !== undefined && target.ino !== source?.ino) throw taken();
  await rename(from, to);
}

function taken(): Error {
  return Object.assign(new Error('taken'), { code: 'EEXIST' });
}

async function found(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is no longer there',
  EEXIST: 'another file has that name',
  EISDIR: 'it is a folder',
  ELINK: 'it is a link to a file elsewhere',
  EXDEV: 'its folder is a link to another disk',
  EACCES: 'the folder must not be changed',
  EPERM: 'the folder must not be changed',
  EROFS: 'the disk must not be changed',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name would be too long',
};

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? message;
}
