/** @file A folder with drawn images of two and of three classes, and a model of each, for the tests of a file. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';

export interface Workplace {
  /** Working folder of the commands; holds `two/`, `three/`, and what `runs` made. */
  readonly cwd: string;
  readonly remove: () => Promise<void>;
}

/** Small enough that a whole run takes a second. */
export const QUICK: readonly string[] = ['--size', '64', '--epochs', '30'];

/** Trains until it is stopped. */
export const ENDLESS: readonly string[] = ['--size', '64', '--epochs', '1000000', '--patience', '0'];

/** Draws 12 images of each class. */
export async function drawWorkplace(): Promise<Workplace> {
  const cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'two'), motif, 12);
  for (const motif of ['bars', 'discs', 'rings'] as const) await drawImages(join(cwd, 'three'), motif, 12);
  return { cwd, remove: () => rm(cwd, { recursive: true, force: true }) };
}

/** `graft train`, which must succeed. */
export async function trained(cwd: string, ...args: string[]): Promise<CliResult> {
  const result = await graft(['train', ...args, ...QUICK], { cwd });
  if (result.status !== 0) throw new Error(`graft train failed: ${result.stderr}`);
  return result;
}
