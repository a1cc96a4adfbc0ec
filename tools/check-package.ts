/**
 * @file Checks the built package as a package: publint, and whether its types are found (arethetypeswrong). Packed without what
 * travels in it, which takes a minute to compress and is not ours.
 *
 *     npm run build && npx tsx tools/check-package.ts
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const work = mkdtempSync(join(tmpdir(), 'graft-package-'));
try {
  const file = packed(work);
  run('publint', ['run', file, '--strict']);
  // A program in CommonJS cannot require what is ESM alone, nor can TypeScript's old resolution find it.
  run('attw', [file, '--profile', 'esm-only', '--no-emoji']);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** @returns The packed file. */
function packed(work: string): string {
  const {
    bundleDependencies: _,
    scripts: __,
    ...described
  } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const folder = join(work, 'package');
  for (const entry of described.files as string[]) {
    // Of a pattern, its whole folder: npm chooses.
    const path = entry.includes('*') ? dirname(entry) : entry;
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(described, null, 2));
  const { stdout } = npm(['pack', '--json', '--pack-destination', work], folder);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(work, filename);
}

/** A command of this project's packages, with what it prints. */
function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = npm(['exec', '--no', '--', command, ...args], ROOT);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (status !== 0) process.exitCode = 1;
}
