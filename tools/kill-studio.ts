/**
 * @file Kills the studio's server and its browser in the middle of edits, and its trainer in the middle of trainings, `kill -9`, again and
 * again, and looks for what must be there: every image, every undo, and in the end the model of a training that nobody disturbed.
 *
 *     npm run build && npx tsx tools/kill-studio.ts [ROUNDS]
 *
 * It needs Linux and Chromium. ROUNDS is 30; the same with fewer is in tests/e2e/studio-kills.test.ts.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawImages } from '../tests/e2e/drawn-images.ts';
import {
  type EditKills,
  type KillPlace,
  killBrowserInEdits,
  killServerInEdits,
  killTrainer,
} from '../tests/e2e/studio-kills.ts';

const CHOICE = { sizePx: '64', epochs: '400' };

const rounds = Number(process.argv[2] ?? 30);
const cwd = mkdtempSync(join(tmpdir(), 'graft-kill-'));
try {
  const place = (folder: string, home: string): KillPlace => ({ cwd, folder, home: join(cwd, home) });
  for (const motif of ['bars', 'discs', 'rings'] as const) {
    for (const folder of ['edited', 'shown', 'trained']) await drawImages(join(cwd, folder), motif, 20);
  }
  const edits = await killServerInEdits(place('edited', 'home'), rounds);
  report('server', edits);
  const shown = await killBrowserInEdits(place('shown', 'home'), rounds);
  report('browser', shown);
  const calm = await killTrainer(place('trained', 'calm'), CHOICE, 0);
  const trained = await killTrainer(place('trained', 'home'), CHOICE, rounds);
  const isSame = trained.model === calm.model;
  print(`trainer: ${trained.kills} kills; without an answer of the server: ${trained.unanswered}`);
  print(
    `model in the end: ${isSame ? 'that of an undisturbed training' : 'NOT that of an undisturbed training'}`,
  );
  const isKept = [edits, shown].every(({ broken, isUndone }) => broken === 0 && isUndone);
  if (!isKept || trained.unanswered > 0 || !isSame) process.exitCode = 1;
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

function report(killed: string, { edits, broken, isUndone }: EditKills): void {
  print(`${killed}: ${rounds} kills, ${edits} edits; images lost or doubled after ${broken} kills`);
  print(`everything undone: ${isUndone ? 'as it was at first' : 'NOT as it was at first'}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
