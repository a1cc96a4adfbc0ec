/** @file The folders of classes, without the disk: which of them a path is in, and which there are after an edit. */

import type { PartName } from '../engine/project-state.ts';
import type { ClassFolder, EditStep } from './project-place.ts';
import { lastName, OWN_FOLDER } from './project-place.ts';

/** Which class folders there are after the steps, if none of them was taken away. */
export function foldersAfter(
  folders: readonly ClassFolder[],
  steps: readonly EditStep[],
  parts: readonly PartName[],
): ClassFolder[] {
  let after = [...folders];
  for (const step of steps) {
    if (step.op === 'rename') {
      after = after.map((folder) =>
        folder.path === step.from ? { ...folder, path: step.to, className: lastName(step.to) } : folder,
      );
    }
    const path = step.op === 'move' ? step.to.slice(0, step.to.lastIndexOf('/')) : undefined;
    const made = step.op === 'make' ? step.folder : path;
    if (made === undefined || isOwn(made)) continue;
    const folder = classFolderAt(made, after, parts);
    if (!after.includes(folder)) after.push(folder);
  }
  return after;
}

/** What an image at a path is: without a class in the bin. */
export function placeAmong(
  path: string,
  folders: readonly ClassFolder[],
  parts: readonly PartName[],
): Pick<ClassFolder, 'part'> & { readonly className: string | null } {
  return isOwn(path) ? { className: null, part: null } : classFolderAt(path, folders, parts);
}

function isOwn(path: string): boolean {
  return path.startsWith(`${OWN_FOLDER}/`);
}

/**
 * The class folder that a path is in, or is: one that there is, or that comes to be with it.
 *
 * @param parts - Of the project; with any, class folders are one deeper.
 */
function classFolderAt(
  path: string,
  folders: readonly ClassFolder[],
  parts: readonly PartName[],
): ClassFolder {
  const known = folders.find((each) => `${path}/`.startsWith(`${each.path}/`));
  if (known !== undefined) return known;
  const own = path.split('/').slice(0, parts.length === 0 ? 1 : 2);
  const beside = parts.length === 0 ? undefined : folders.find((each) => each.path.startsWith(`${own[0]}/`));
  return { className: own.at(-1)!, part: beside?.part ?? null, path: own.join('/') };
}
