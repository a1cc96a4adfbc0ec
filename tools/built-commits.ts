/** @file Two versions of the built command beside one another: a commit, and another one or the working tree. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Built commands, `dist/cli/main.js` of each. */
export interface BuiltPair {
  readonly commands: readonly [before: string, after: string];
  /** A temporary folder for what they make. */
  readonly work: string;
}

/**
 * Builds two versions, hands them to `use`, and removes what was made.
 *
 * @param after - The working tree, if undefined.
 * @param takesModules - Whether the commits take this folder's packages rather than those of their own lock files.
 */
export async function withBuiltCommits(
  [before, after]: readonly [before: string, after: string | undefined],
  takesModules: boolean,
  use: (pair: BuiltPair) => Promise<void>,
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'graft-commits-'));
  const worktrees: string[] = [];
  const built = (commit: string): string => {
    const folder = join(work, `commit-${worktrees.length}`);
    git('worktree', 'add', '--detach', '--quiet', folder, commit);
    worktrees.push(folder);
    if (takesModules) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    else run(folder, 'ci', '--ignore-scripts');
    return build(folder);
  };
  try {
    await use({ commands: [built(before), after === undefined ? build(ROOT) : built(after)], work });
  } finally {
    for (const folder of worktrees) git('worktree', 'remove', '--force', folder);
    rmSync(work, { recursive: true, force: true });
  }
}

function build(folder: string): string {
  run(folder, 'run', 'build');
  return join(folder, 'dist/cli/main.js');
}

function run(cwd: string, ...args: string[]): void {
  const { status, stderr } = npm(['--loglevel', 'error', ...args], cwd);
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status} in ${cwd}:\n${stderr}`);
}

function git(...args: string[]): void {
  execFileSync('git', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}
