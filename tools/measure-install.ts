/**
 * @file What it takes to install Graft: of a commit and of the working tree, the packed file, then the seconds, packages and
 * megabytes of `npm install` of that file in an empty folder, what it downloads, and whether the command works there.
 *
 *     npx tsx tools/measure-install.ts COMMIT [COMMIT]
 *
 * Seconds are those of the clock, with npm's cache filled by an install before: on a busy machine they say little.
 */

import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withBuiltCommits } from './built-commits.ts';
import { npm } from './npm.ts';

/** Where the install script of ONNX Runtime downloads, this makes it end at once. */
const WITHOUT_DOWNLOADS = { ONNXRUNTIME_NODE_INSTALL: 'skip' };

interface Installation {
  readonly seconds: number;
  readonly packages: number;
  readonly bytes: number;
  /** What `graft --version` prints there. */
  readonly version: string;
}

const [before, after] = process.argv.slice(2);
if (before === undefined)
  throw new Error('Say which commit: npx tsx tools/measure-install.ts COMMIT [COMMIT]');

await withBuiltCommits([before, after], false, async ({ commands }) => {
  for (const [index, command] of commands.entries()) {
    measure([before, after ?? 'working tree'][index]!, dirname(dirname(dirname(command))));
  }
});

function measure(title: string, root: string): void {
  const work = mkdtempSync(join(tmpdir(), 'graft-install-'));
  try {
    const packed = npm(['pack', '--json', '--pack-destination', work], root);
    const { filename } = (
      JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as [{ filename: string }]
    )[0];
    const file = join(work, filename);
    console.log(`${title}\n  packed       ${megabytes(statSync(file).size)} (${filename})`);
    const asked = install(work, file, {});
    report('npm install', asked);
    if (typeof asked === 'string') report('  without its downloads', install(work, file, WITHOUT_DOWNLOADS));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns What it took, or the line that says why it failed. */
function install(work: string, file: string, env: Readonly<Record<string, string>>): Installation | string {
  const [folder, options] = [join(work, 'app'), ['--no-audit', '--no-fund', '--prefer-offline']];
  let seconds = Number.NaN;
  for (const _ of ['fills the cache', 'is measured']) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const start = performance.now();
    const { status, stderr } = npm(['install', file, ...options], folder, env);
    seconds = (performance.now() - start) / 1000;
    if (status !== 0) return /npm error (?:path|Error:|command) .*/.exec(stderr)?.[0] ?? `status ${status}`;
  }
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  const { stdout } = spawnSync(process.execPath, [join(folder, 'node_modules/.bin/graft'), '--version']);
  return {
    seconds,
    packages: Object.keys(lock.packages).length,
    bytes: bytesBelow(join(folder, 'node_modules')),
    version: stdout.toString().trim(),
  };
}

function report(what: string, result: Installation | string): void {
  if (typeof result === 'string') {
    console.log(`  ${what}  fails: ${result}`);
    return;
  }
  const { seconds, packages, bytes, version } = result;
  console.log(
    `  ${what}  ${seconds.toFixed(1)} s, ${packages} packages, ${megabytes(bytes)} on disk; graft --version: ${version}`,
  );
}

function bytesBelow(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
