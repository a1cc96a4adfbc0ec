/** @file What kills of the studio's server, its browser and its trainer leave: every image, every undo, and the model. tools/kill-studio.ts kills more often. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { drawImages } from './drawn-images.ts';
import { type KillPlace, killBrowserInEdits, killServerInEdits, killTrainer } from './studio-kills.ts';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-studio-kills-'));
  for (const motif of ['bars', 'discs', 'rings'] as const) {
    for (const folder of ['edited', 'shown', 'trained']) await drawImages(join(cwd, folder), motif, 12);
  }
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

it('loses no image and no undo, killed in the middle of edits again and again', async () => {
  const { edits, ...rest } = await killServerInEdits(place('edited', 'home'), 4);
  expect(rest).toEqual({ broken: 0, isUndone: true });
  expect(edits).toBeGreaterThan(0);
});

it('loses no image and no undo, its browser killed in the middle of edits', needs.chromium, async () => {
  const { edits, ...rest } = await killBrowserInEdits(place('shown', 'home'), 3);
  expect(rest).toEqual({ broken: 0, isUndone: true });
  expect(edits).toBeGreaterThan(0);
});

it('goes on when its trainer is killed, and resumes to the same model', needs.linux, async () => {
  const choice = { sizePx: '64', epochs: '200' };
  const calm = await killTrainer(place('trained', 'calm'), choice, 0);
  const { model, unanswered } = await killTrainer(place('trained', 'home'), choice, 3);
  expect([unanswered, model]).toEqual([0, calm.model]);
});

function place(folder: string, home: string): KillPlace {
  return { cwd, folder, home: join(cwd, home) };
}
