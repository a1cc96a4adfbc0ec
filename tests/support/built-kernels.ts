/** @file Before the tests: compiles the kernels where a checkout has none, or older ones than their source. */

import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

export function setup(): void {
  if (newest('src/core/kernels/assembly/') < oldest('src/core/kernels/build/')) return;
  execFileSync(process.execPath, [fileURLToPath(new URL('tools/build-kernels.mjs', ROOT))]);
}

const newest = (folder: string): number => Math.max(...timesIn(folder));
/** Before everything, if there is none. */
const oldest = (folder: string): number => Math.min(...timesIn(folder), Number.MAX_SAFE_INTEGER) || 0;

function timesIn(folder: string): number[] {
  try {
    const place = new URL(folder, ROOT);
    return readdirSync(place).map((name) => statSync(new URL(name, place)).mtimeMs);
  } catch {
    return [0];
  }
}
