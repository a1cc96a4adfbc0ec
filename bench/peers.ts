/** @file Sets up those whom Graft is compared with: virtual environments and a folder of packages, outside the project. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { benchCacheFolder } from './cache-folder.ts';
import type { Report } from './rounds.ts';

export const PEER_NAMES = ['torch', 'keras', 'tfjs'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export interface Peers {
  /** A Python with torch and torchvision. */
  readonly torch?: string | undefined;
  /** A Python with Keras 3 and TensorFlow. */
  readonly keras?: string | undefined;
  /** A folder whose `node_modules` has TensorFlow.js. */
  readonly tfjs?: string | undefined;
  /** Who cannot be compared with, and why. */
  readonly leftOut: readonly string[];
}

/** What `tfjs-backend-wasm` needs; the processor's backend does what WebAssembly cannot. */
const TFJS_PACKAGES = ['tfjs-core', 'tfjs-layers', 'tfjs-backend-wasm', 'tfjs-backend-cpu'].map(
  (name) => `@tensorflow/${name}@4.22.0`,
);

const run = promisify(execFile);

/** @param options.python - Has everything that is asked for: no environment is made. */
export async function setUpPeers(options: {
  readonly names: readonly PeerName[];
  readonly python: string | undefined;
  readonly report: Report;
}): Promise<Peers> {
  const { names, python, report } = options;
  const found: Partial<Record<PeerName, string>> = {};
  const leftOut: string[] = [];
  for (const name of names) {
    try {
      if (name === 'tfjs') found[name] = await tfjsFolder(report);
      else found[name] = python ?? (await virtualEnvironment(name, report));
    } catch (error) {
      leftOut.push(`${name}: ${lastLine(error)}`);
    }
  }
  return { ...found, leftOut };
}

/** The Python of an environment with the packages of `requirements-NAME.txt`; another list is another environment. */
export async function virtualEnvironment(name: string, report: Report): Promise<string> {
  const requirements = fileURLToPath(new URL(`requirements-${name}.txt`, import.meta.url));
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(benchCacheFolder(), `${name}-${hash}`);
  const python = join(folder, 'bin/python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  report(`${name}: a virtual environment in ${folder}, once`);
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], { maxBuffer: 2 ** 26 });
  writeFileSync(complete, '');
  return python;
}

async function tfjsFolder(report: Report): Promise<string> {
  const folder = join(benchCacheFolder(), 'tfjs-4.22.0');
  if (existsSync(folder)) return folder;
  report(`TensorFlow.js: packages in ${folder}, once`);
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, 'package.json'), '{ "private": true }\n');
  await run('npm', ['install', '--no-audit', '--no-fund', ...TFJS_PACKAGES], { cwd: making });
  renameSync(making, folder);
  return folder;
}

function lastLine(error: unknown): string {
  const text = String((error as { stderr?: string }).stderr || error);
  return text.trim().split('\n').at(-1)!;
}
