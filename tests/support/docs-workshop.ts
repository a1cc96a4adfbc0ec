/** @file A folder in which the programs of the documents run as their reader runs them: with Graft installed, and images. */

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawImages } from '../e2e/drawn-images.ts';
import { asJavaScript, ROOT } from './docs-pages.ts';

export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workshop {
  /** Holds `photos/train`, `photos/val`, `train` and `image.jpg`. */
  readonly folder: string;
  /** Runs a program to its end. */
  run(code: string): Promise<ProgramResult>;
  /** Starts a program that does not end by itself. */
  start(code: string, env: Readonly<Record<string, string>>): Promise<ChildProcess>;
  remove(): Promise<void>;
}

export async function makeWorkshop(): Promise<Workshop> {
  const outer = await mkdtemp(join(tmpdir(), 'graft-docs-'));
  const folder = join(outer, 'work');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(ROOT, join(folder, 'node_modules/graft-ml'), 'junction');
  // What else the programs name, TensorFlow.js and sharp.
  await symlink(join(ROOT, 'node_modules'), join(outer, 'node_modules'), 'junction');
  for (const motif of ['bars', 'discs'] as const) {
    await drawImages(join(folder, 'photos/train'), motif, 6, 1);
    await drawImages(join(folder, 'photos/val'), motif, 4, 2);
    await drawImages(join(folder, 'train'), motif, 2, 3);
  }
  await copyFile(join(folder, 'photos/val/discs/discs0.jpg'), join(folder, 'image.jpg'));
  const begin = async (code: string, env: Readonly<Record<string, string>>): Promise<ChildProcess> => {
    const program = join(folder, 'program.mjs');
    await writeFile(program, asJavaScript(code));
    return spawn(process.execPath, [program], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1', GRAFT_HOME: join(outer, 'home'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  return {
    folder,
    start: begin,
    async run(code) {
      const child = await begin(code, {});
      let [stdout, stderr] = ['', ''];
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (status) => resolve({ status, stdout, stderr }));
      });
    },
    remove: () => rm(outer, { recursive: true, force: true }),
  };
}
