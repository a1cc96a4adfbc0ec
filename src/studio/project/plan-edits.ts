/** @file What an edit does to files, before anything is done: the steps of relabelling, of the bin, of making and renaming classes. */

import type { PartName } from '../engine/project-state.ts';
import type { IndexedImage } from './image-index.ts';
import type { ClassFolder, EditStep } from './project-place.ts';
import { BIN, lastName } from './project-place.ts';

/** Where names are free: what is there, and what the edit itself gives. */
export class FreeNames {
  readonly #isTaken: (path: string) => boolean;
  readonly #given = new Set<string>();

  constructor(isTaken: (path: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** The path, or one with a number before its ending. */
  next(folder: string, name: string): string {
    const dot = name.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    for (let number = 1; ; number++) {
      const path = `${folder}/${stem}${number === 1 ? '' : `-${number}`}${ending}`;
      // Of some file systems, names that differ in case alone are one.
      const folded = path.toLowerCase();
      if (this.#given.has(folded) || this.#isTaken(path)) continue;
      this.#given.add(folded);
      return path;
    }
  }
}

/** The folder of a class in a part; where it has none yet, its place. */
export function findFolder(
  folders: readonly ClassFolder[],
  className: string,
  part: PartName | null,
): string {
  const known = folders.find((each) => each.className === className && each.part === part);
  if (known !== undefined) return known.path;
  const beside = folders.find((each) => each.part === part);
  const parent = beside === undefined ? '' : beside.path.slice(0, beside.path.lastIndexOf('/') + 1);
  return `${parent}${className}`;
}

/** Images into the folder of another class, in the part where they are. */
export function relabelSteps(
  images: readonly IndexedImage[],
  className: string,
  folders: readonly ClassFolder[],
  names: FreeNames,
): EditStep[] {
  return images
    .filter((image) => image.className !== className)
    .map(({ path, part }) => ({
      op: 'move',
      from: path,
      to: names.next(findFolder(folders, className, part), lastName(path)),
    }));
}

/** Images into the bin, below which each keeps its path. @param batch - A name that no other edit has. */
export function binSteps(images: readonly IndexedImage[], batch: string): EditStep[] {
  return images.map(({ path }) => ({ op: 'move', from: path, to: `${BIN}/${batch}/${path}` }));
}

/** Images of the bin to where they were, or beside what is there now. */
export function restoreSteps(images: readonly IndexedImage[], names: FreeNames): EditStep[] {
  return images.flatMap(({ path }) => {
    const before = path.split('/').slice(3);
    // What was added and never had a class.
    if (before.length < 2) return [];
    return [{ op: 'move', from: path, to: names.next(before.slice(0, -1).join('/'), before.at(-1)!) }];
  });
}

/** All images of a class to another class, and its folders away. */
export function mergeSteps(
  images: readonly IndexedImage[],
  from: string,
  to: string,
  folders: readonly ClassFolder[],
  names: FreeNames,
): EditStep[] {
  return [...relabelSteps(images, to, folders, names), ...removeFolders(from, folders)];
}

/** The folders of a class get another name. */
export function renameSteps(from: string, to: string, folders: readonly ClassFolder[]): EditStep[] {
  return folders
    .filter(({ className }) => className === from)
    .map(({ path }) => ({
      op: 'rename',
      from: path,
      to: `${path.slice(0, path.lastIndexOf('/') + 1)}${to}`,
    }));
}

/** The folders of a class, as far as they are empty by then. */
export function removeFolders(className: string, folders: readonly ClassFolder[]): EditStep[] {
  return folders
    .filter((each) => each.className === className)
    .map(({ path }) => ({ op: 'remove', folder: path }));
}
