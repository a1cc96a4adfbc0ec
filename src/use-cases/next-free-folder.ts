/** @file Folders that are numbered: `graft-runs/notes-1`, `graft-runs/notes-2`. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The first number that no folder has. */
export function nextFreeFolder(parent: string, name: string): string {
  for (let number = 1; ; number++) {
    const path = join(parent, `${name}-${number}`);
    if (!existsSync(path)) return path;
  }
}
