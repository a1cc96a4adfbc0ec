/** @file Finds the images that a list names, and tells which are missing. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isImageName } from '../images/image-walk.ts';

export interface LocatedImages {
  /** Absolute paths, as many as there were names; whether or not there is such a file. */
  readonly files: readonly string[];
  /** Those that are not there. */
  readonly missing: ReadonlySet<string>;
  /** What the first missing one may have been meant to be: a file with another case or a missing extension. */
  readonly suggestion: string | undefined;
}

/**
 * Looks for images. Each folder is listed once, so that a million names cost no million calls.
 *
 * @param names - Relative to `folder`, or absolute. Backslashes separate folders, too, where the system has slashes.
 */
export async function locateImages(names: readonly string[], folder: string): Promise<LocatedImages> {
  const listings = new Map<string, Promise<ReadonlySet<string>>>();
  const listing = (path: string): Promise<ReadonlySet<string>> => {
    const known = listings.get(path) ?? listNames(path);
    listings.set(path, known);
    return known;
  };
  const missing = new Set<string>();
  const files: string[] = [];
  let suggestion: string | undefined;
  for (const name of names) {
    const asWritten = resolve(folder, name);
    const withSlashes = resolve(folder, name.replaceAll('\\', '/'));
    const found = (await isThere(asWritten, listing))
      ? asWritten
      : (await isThere(withSlashes, listing))
        ? withSlashes
        : undefined;
    files.push(found ?? withSlashes);
    if (found !== undefined) continue;
    if (missing.size === 0) suggestion = similar(name, await listing(dirname(withSlashes)));
    missing.add(withSlashes);
  }
  return { files, missing, suggestion };
}

async function isThere(
  file: string,
  listing: (path: string) => Promise<ReadonlySet<string>>,
): Promise<boolean> {
  if ((await listing(dirname(file))).has(basename(file))) return true;
  // File systems that fold case or Unicode forms know more names than they list; where the folder itself is not
  // there, nothing in it is.
  if ((await listing(dirname(file))).size === 0) return false;
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function listNames(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
}

function similar(name: string, present: ReadonlySet<string>): string | undefined {
  const written = name.replaceAll('\\', '/');
  const wanted = basename(written).toLowerCase();
  const match = [...present].find(
    (each) =>
      each.toLowerCase() === wanted ||
      (isImageName(each) && each.slice(0, -extname(each).length).toLowerCase() === wanted),
  );
  if (match === undefined) return undefined;
  return join(dirname(written), match).replaceAll('\\', '/');
}
