/** @file `kill -9` in the middle of the studio's work, again and again, and what must be there afterwards. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { ImageWindow } from '../../src/studio/engine/project-state.ts';
import type { StudioEvent } from '../../src/studio/engine/studio-engine.ts';
import type { TrainingState } from '../../src/studio/engine/training-state.ts';
import { CHROMIUM } from '../support/needs.ts';
import { openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

/** A folder of images that the kills are let loose on, and where Graft keeps features. */
export interface KillPlace {
  readonly cwd: string;
  readonly folder: string;
  readonly home: string;
}

export interface EditKills {
  /** Edits that were answered before the server was killed, over all rounds. */
  readonly edits: number;
  /** Kills after which an image was missing, or there twice. */
  readonly broken: number;
  /** Whether undoing everything leads to the very files and places of the beginning. */
  readonly isUndone: boolean;
}

/**
 * Kills the server while a page edits as fast as it is answered: images moved, binned and put back, classes renamed, edits undone and redone.
 *
 * @param rounds - Kills; each comes a little later than the one before.
 */
export async function killServerInEdits(place: KillPlace, rounds: number): Promise<EditKills> {
  const before = await imagesOf(place);
  let [edits, broken] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const doomed = await start(place);
    const work = (async () => {
      for (let step = round; ; step++) {
        await edit(doomed, step);
        edits++;
      }
    })().catch(() => undefined);
    await pause(60 + ((round * 37) % 400));
    await doomed.kill();
    await work;
    // The next start finishes what was cut short: an image with two names has one again.
    await (await start(place)).kill();
    const after = await imagesOf(place);
    if (contentsOf(after) !== contentsOf(before)) broken++;
  }
  const studio = await start(place);
  await undoAll(studio);
  await studio.close();
  return { edits, broken, isUndone: (await imagesOf(place)).join() === before.join() };
}

/**
 * Kills the browser while its keys edit: images moved, binned, edits undone and redone. The server must go on, and a page that is opened
 * anew must show what is in the folder.
 *
 * @param rounds - Kills; each comes a little later than the one before.
 */
export async function killBrowserInEdits(place: KillPlace, rounds: number): Promise<EditKills> {
  const before = await imagesOf(place);
  const studio = await start(place);
  let [edits, broken] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const server = await chromium.launchServer({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    const page = await openStudio(await chromium.connect(server.wsEndpoint()), studio);
    await page.getByRole('option').first().waitFor();
    // What the last browser left is what this one shows.
    const { total } = (await studio.ask('images', { query: {}, from: 0, count: 1 })) as ImageWindow;
    const shown = await page.getByRole('option').first().getAttribute('aria-setsize');
    if (Number(shown) !== total) broken++;
    const until = edits + (round % 4);
    const work = (async () => {
      for (let step = round; ; step++) {
        await editByKeys(page, step);
        edits++;
      }
    })().catch(() => undefined);
    while (edits <= until) await pause(5);
    await pause((round * 37) % 200);
    await server.kill();
    await work;
    if (contentsOf(await imagesOf(place)) !== contentsOf(before)) broken++;
  }
  await undoAll(studio);
  const isServing = (await studio.close()) === 0;
  return { edits, broken, isUndone: isServing && (await imagesOf(place)).join() === before.join() };
}

/** Some images are selected, and moved or binned; now and then, edits are undone and redone. No answer is waited for. */
async function editByKeys(page: Page, step: number): Promise<void> {
  await page.getByRole('listbox').focus();
  if (step % 5 === 3) await page.keyboard.press('Control+z');
  else if (step % 5 === 4) await page.keyboard.press('Control+Shift+z');
  else {
    for (const key of ['Home', ...Array.from({ length: step % 4 }, () => 'ArrowRight'), 'Shift+ArrowRight'])
      await page.keyboard.press(key);
    await page.keyboard.press(step % 5 === 2 ? 'Delete' : String(1 + (step % 3)));
  }
}

async function undoAll(studio: StudioProcess): Promise<void> {
  for (;;) {
    const { done } = (await studio.ask('undo', {})) as { done: string };
    if (done === 'undone: nothing') return;
  }
}

export interface TrainingKills {
  readonly kills: number;
  /** Kills after which the server did not answer, or told of no failure. */
  readonly unanswered: number;
  /** SHA-256 of the model that was trained to its end at last. */
  readonly model: string;
}

/** Kills the trainer of a run again and again, while the server must go on; what it left is resumed, at last to its end. */
export async function killTrainer(
  place: KillPlace,
  choice: Readonly<Record<string, string>>,
  rounds: number,
): Promise<TrainingKills> {
  const studio = await start(place);
  const news = watch(studio);
  let [kills, unanswered] = [0, 0];
  let { run } = (await studio.ask('train', { choice })) as TrainingState;
  for (let round = 0; round < rounds; round++) {
    await pause(200 + ((round * 131) % 1500));
    const [pid] = childrenOf(studio.pid);
    // It came to its end before.
    if (pid === undefined) {
      await news.end(run);
      ({ run } = (await studio.ask('train', { choice })) as TrainingState);
      continue;
    }
    process.kill(pid, 'SIGKILL');
    kills++;
    const status = await news.end(run);
    const ids = (await studio.ask('ids', { query: {} })) as number[];
    if ((status !== 'failed' && status !== 'ended') || ids.length === 0) unanswered++;
    // A run that has left something is resumed; one that was killed before is begun anew.
    const next = await studio.ask('resume', { run }).catch(() => studio.ask('train', { choice }));
    ({ run } = next as TrainingState);
  }
  while ((await news.end(run)) !== 'ended') {
    ({ run } = (await studio.ask('train', { choice })) as TrainingState);
  }
  news.close();
  await studio.close();
  return {
    kills,
    unanswered,
    model: sha256(await readFile(join(place.cwd, 'graft-runs', run, 'model.onnx'))),
  };
}

/** One edit, of a kind that goes by the step; what cannot be done then is refused, and nothing else. */
async function edit(studio: StudioProcess, step: number): Promise<void> {
  await oneOf(studio, step).catch((error: Error) => {
    if (!error.message.startsWith('400 ')) throw error;
  });
}

async function oneOf(studio: StudioProcess, step: number): Promise<unknown> {
  const { rows } = (await studio.ask('images', { query: {}, from: 0, count: 40 })) as ImageWindow;
  const ids = rows.filter((_, index) => (index + step) % 3 === 0).map(({ id }) => id);
  switch (step % 7) {
    case 0:
    case 3:
      return studio.ask('relabel', { ids, className: step % 2 === 0 ? 'bars' : 'discs' });
    case 1:
      return studio.ask('bin', { ids: ids.slice(0, 4) });
    case 2:
      return studio.ask('rename-class', { className: 'rings', to: 'wheels' });
    case 4:
      return studio.ask('undo', {});
    case 5:
      return studio.ask('redo', {});
    default:
      return studio.ask('rename-class', { className: 'wheels', to: 'rings' });
  }
}

/** Hears how trainings end. */
function watch({ origin, cookie }: StudioProcess): { end(run: string): Promise<string>; close(): void } {
  const going = new Set(['waiting', 'running', 'stopping']);
  const statuses = new Map<string, string>();
  const aborter = new AbortController();
  const read = async (): Promise<void> => {
    const { body } = await fetch(`${origin}/api/events`, { headers: { cookie }, signal: aborter.signal });
    let text = '';
    for await (const part of body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split('\n\n');
      text = blocks.pop()!;
      for (const data of blocks.flatMap((block) => /^data: (.*)$/m.exec(block)?.[1] ?? [])) {
        const event = JSON.parse(data) as StudioEvent;
        if (event.type === 'training') statuses.set(event.training.run, event.training.status);
        if (event.type === 'trainings')
          for (const { run, status } of event.trainings) statuses.set(run, status);
      }
    }
  };
  void read().catch(() => undefined);
  return {
    async end(run) {
      for (;;) {
        const status = statuses.get(run);
        if (status !== undefined && !going.has(status)) {
          statuses.delete(run);
          return status;
        }
        await pause(50);
      }
    },
    close: () => aborter.abort(),
  };
}

function start({ cwd, folder, home }: KillPlace): Promise<StudioProcess> {
  return startStudioProcess(cwd, folder, home);
}

/** Of the images, also in the bin, in their order: `PATH HASH`. */
async function imagesOf({ cwd, folder }: KillPlace): Promise<string[]> {
  const root = join(cwd, folder);
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.jpg'));
  const lines = names.map(async (name) => `${name} ${sha256(await readFile(join(root, name)))}`);
  return (await Promise.all(lines)).toSorted();
}

/** Each content as often as it is there. */
function contentsOf(images: readonly string[]): string {
  return images
    .map((line) => line.slice(line.lastIndexOf(' ') + 1))
    .toSorted()
    .join();
}

/** Of Linux. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
