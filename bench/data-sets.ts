/** @file Folders of real images that some cases need, with train/ and val/. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @returns The folder, or undefined if this machine has none. */
export function dataSet(name: 'horses-or-humans' | 'cats-vs-dogs'): string | undefined {
  const root =
    process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
  const folder = join(root, name);
  return existsSync(join(folder, 'train')) && existsSync(join(folder, 'val')) ? folder : undefined;
}

/**
 * Does something with each of some folders of images, and says where one is not here.
 *
 * @param named - Folders with commas between; by default both data sets of the textbook.
 */
export async function forDataSets(
  named: string | undefined,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folders = named?.split(',') ?? [dataSet('cats-vs-dogs'), dataSet('horses-or-humans')];
  for (const folder of folders) {
    if (folder === undefined) console.log('a data set is not here: see bench/README.md');
    else await work(resolve(folder));
  }
}
