/** @file Files that a model names: they stand beside it, and no name and no link leads elsewhere. */

import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const BLOCK_BYTES = 512;

/** Where such a file is, its size, and what of it was ever written; or what is wrong. */
export type FileBeside =
  | { readonly path: string; readonly fileBytes: number; readonly storedBytes: number }
  | { readonly problem: 'missing' }
  /** A name or a link that leads elsewhere, or to what is no file; as messages tell it. */
  | { readonly problem: 'elsewhere'; readonly received: string };

/**
 * Finds a file that a model names.
 *
 * A link is followed as far as the folder: that of the model, or, where the model is itself a link, as in the cache of
 * Hugging Face, the one that the model lies in.
 *
 * @param model - The path of the file that names the other.
 * @param name - What stands in it.
 */
export function findBeside(model: string, name: string): FileBeside {
  const shown = JSON.stringify(name);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name with a NUL ends there for the system.
  if (/^\.{0,2}$|[/\\\x00]/.test(name)) return { problem: 'elsewhere', received: shown };
  const folder = dirname(model);
  const asNamed = join(folder, name);
  // What cannot be followed is not there: a name too long, links in a circle.
  const path = realPath(asNamed);
  const status = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || status === undefined) return { problem: 'missing' };
  const folders = [realPath(folder), dirname(realPath(model) ?? '')];
  if (!folders.includes(dirname(path))) {
    return { problem: 'elsewhere', received: `${shown}, a link to ${JSON.stringify(path)}` };
  }
  if (!status.isFile()) return { problem: 'elsewhere', received: `${shown}, which is no file` };
  // Some file systems do not tell.
  const blockBytes = (status.blocks || Number.POSITIVE_INFINITY) * BLOCK_BYTES;
  return { path, fileBytes: status.size, storedBytes: Math.min(status.size, blockBytes) };
}

/** Without links; undefined for one that leads nowhere. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
