/** @file Runs npm, on Windows too, where it is a script that Node cannot start by its name. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** Runs `npm ...args` in a folder and waits for its end. */
export function npm(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  // Set in whatever npm runs; other package managers set it, too.
  const script = process.env['npm_execpath'];
  return script?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}
