/** @file Folders of real images that some cases need, with train/ and val/. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @returns The folder, or undefined if this machine has none. */
export function dataSet(name: 'horses-or-humans' | 'cats-vs-dogs'): string | undefined {
  const root =
    process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
  const folder = join(root, name);
  return existsSync(join(folder, 'train')) && existsSync(join(folder, 'val')) ? folder : undefined;
}
