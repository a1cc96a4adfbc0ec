import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import { type RunningStudio, type StudioOptions, startStudio } from './start-studio.ts';

const TABLE = 'text,label\nso good,good\nso bad,bad\nnot bad,good\n';

async function drawTable(): Promise<string> {
  const file = join(await temporaryFolder(), 'reviews.csv');
  await writeFile(file, TABLE);
  return file;
}

async function opened(options: StudioOptions = {}): Promise<RunningStudio & { readonly cwd: string }> {
  const cwd = await temporaryFolder();
  return Object.assign(await startStudio(await drawTable(), { cwd, ...options }), { cwd });
}

/** As a page: with the token first, then with what it was given for it. */
async function ask({ address }: RunningStudio, question: string, body: object): Promise<unknown> {
  const { origin } = new URL(address);
  const cookie = (await fetch(address)).headers.get('set-cookie')!.split(';')[0]!;
  const response = await fetch(`${origin}/api/${question}`, {
    method: 'POST',
    headers: { cookie, origin },
    body: JSON.stringify(body),
  });
  return response.json();
}

const project = (events: readonly StudioEvent[]) =>
  events.flatMap((event) => (event.type === 'project' ? [event.project] : [])).at(-1);

describe('startStudio', () => {
  it('tells how all stands, and every edit of a page, as plain data', async () => {
    const events: StudioEvent[] = [];
    const studio = await opened({ onEvent: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['project', 'trainings', 'check']));
    expect(project(events)).toMatchObject({ holds: 'texts', folder: studio.folder, undo: null });
    expect(await ask(studio, 'rename-class', { className: 'bad', to: 'poor' })).toMatchObject({ images: 1 });
    expect(project(events)).toMatchObject({
      classes: [
        { name: 'good', images: 2 },
        { name: 'poor', images: 1 },
      ],
      undo: 'rename "bad" to "poor"',
    });
    expect(structuredClone(events)).toEqual(events);
    expect(await readFile(studio.folder, 'utf8')).toBe(TABLE.replace(',bad', ',poor'));
    await studio.close();
    await studio.closed;
    await expect(fetch(studio.address)).rejects.toThrow('fetch failed');
  });

  it('ends by a signal, and lets another one have the folder', async () => {
    const controller = new AbortController();
    const studio = await opened({ signal: controller.signal });
    controller.abort();
    await studio.closed;
    const next = await startStudio(studio.folder, { cwd: studio.cwd });
    await next.close();
  });

  it('ends by what a listener throws', async () => {
    const studio = await opened({
      onEvent: (event) => {
        if (event.type === 'project' && event.project.undo !== null) throw new Error('enough');
      },
    });
    await ask(studio, 'make-class', { className: 'mixed' }).catch(() => undefined);
    await expect(studio.closed).rejects.toThrow('enough');
    await expect(fetch(studio.address)).rejects.toThrow('fetch failed');
  });

  it('is not opened where the signal was there before', async () => {
    const folder = join(await temporaryFolder(), 'photos');
    await mkdir(folder);
    await expect(startStudio(folder, { signal: AbortSignal.abort() })).rejects.toThrow(
      'studio: expected to be opened, received an interruption. It was closed again; what lies in the folder is as it was.',
    );
    const studio = await startStudio(folder, { cwd: folder });
    await studio.close();
  });

  it.each([-1, 1.5, 65_536])('refuses the port %d', async (port) => {
    await expect(startStudio('photos', { port })).rejects.toThrow(
      `studio: expected a port from 1 to 65535, received ${port}. Leave it out for any that is free.`,
    );
  });

  it('refuses a port that another one has', async () => {
    const studio = await opened();
    const port = Number(new URL(studio.address).port);
    await expect(opened({ port })).rejects.toThrow(
      `studio: expected port ${port} to be free, received one that another program uses. Leave out --port, or give another one.`,
    );
    await studio.close();
  });
});
