import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('graft check', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-check-'));
    await mkdir(join(cwd, 'photos'));
    await drawImages(join(cwd, 'photos'), 'bars', 14);
    await drawImages(join(cwd, 'photos'), 'discs', 14);
    const [first] = (await filesIn(join(cwd, 'photos/bars'))).toSorted();
    await writeFile(join(cwd, 'photos/discs/copy.png'), await readFile(first!));
    await writeFile(join(cwd, 'photos/bars/copy.png'), await readFile(first!));
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it('prints one document with all that was found, and nothing else', async () => {
    const { status, stdout } = await graft(['check', 'photos', '--json'], { cwd });
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(report)).toEqual([
      'images',
      'duplicates',
      'leaks',
      'labelErrors',
      'outliers',
      'groups',
      'classes',
      'learningCurve',
      'warnings',
    ]);
    expect(report['images']).toBe(30);
  });

  it('tells people what was found, in 80 columns, and what to do', async () => {
    const { status, stdout } = await graft(['check', 'photos', '--csv', 'plan.csv', '--html', 'page.html'], {
      cwd,
    });
    expect(status).toBe(0);
    expect(stdout).toContain('1 group of duplicates with different labels');
    expect(stdout).toContain('written: plan.csv, page.html');
    expect(stdout).toContain('graft check photos --fix plan.csv');
    expect(await readFile(join(cwd, 'page.html'), 'utf8')).toMatch(/^<!DOCTYPE html>/);
    await writeFile(join(cwd, 'mine.csv'), 'precious\n');
    const refused = await graft(['check', 'photos', '--csv', 'mine.csv'], { cwd });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      'error file "mine.csv": expected a name that is free, received one that is there already. Remove it, or choose another --csv.',
    );
    expect(await readFile(join(cwd, 'mine.csv'), 'utf8')).toBe('precious\n');
  });

  it('moves by a plan, and back', async () => {
    const before = (await filesIn(join(cwd, 'photos'))).toSorted();
    await writeFile(join(cwd, 'own.csv'), 'action,file\nquarantine,discs/copy.png\nkeep,bars/copy.png\n');
    const fixed = await graft(['check', 'photos', '--fix', 'own.csv'], { cwd });
    expect(fixed).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^1 file moved to .*photos-quarantine\n/),
    });
    const undone = await graft(['check', 'photos', '--undo', '--json'], { cwd });
    expect(JSON.parse(undone.stdout)).toMatchObject({ moved: ['discs/copy.png'], left: [] });
    expect((await filesIn(join(cwd, 'photos'))).toSorted()).toEqual(before);
    const again = await graft(['check', 'photos', '--undo'], { cwd });
    expect([again.status, again.stderr]).toEqual([
      1,
      'error quarantine "photos-quarantine": expected a folder that graft check made, received none. Nothing is to be brought back, or it lies elsewhere: --quarantine DIR.\n',
    ]);
    const both = await graft(['check', 'photos', '--undo', '--fix', 'own.csv'], { cwd });
    expect([both.status, both.stderr.split('\n')[0]]).toEqual([
      2,
      'error: --fix and --undo are each for itself: leave out one',
    ]);
  });

  it('loses nothing when it is killed in the middle of moving, either way', needs.signals, async () => {
    const root = join(cwd, 'many');
    const names = Array.from({ length: 1500 }, (_, i) => `class ${i % 3}/${i}.jpg`);
    for (let i = 0; i < 3; i++) await mkdir(join(root, `class ${i}`), { recursive: true });
    for (const name of names) await writeFile(join(root, name), name);
    await writeFile(
      join(cwd, 'many.csv'),
      `action,file\n${names.map((name) => `quarantine,${name}\n`).join('')}`,
    );
    const all = new Set(names);
    const contents = async (): Promise<Set<string>> => {
      const files = [...(await filesIn(root)), ...(await filesIn(`${root}-quarantine`).catch(() => []))];
      return new Set(await Promise.all(files.map((file) => readFile(file, 'utf8'))));
    };
    const started = performance.now();
    await graft(['check', 'many', '--fix', 'many.csv'], { cwd });
    const wholeMs = performance.now() - started;
    await graft(['check', 'many', '--undo'], { cwd });
    for (const flags of [['--fix', 'many.csv'], ['--undo']]) {
      // Files are moved in the last part of a run.
      for (const part of [0.6, 0.75, 0.85, 0.9, 0.95]) {
        await graft(['check', 'many', ...flags], {
          cwd,
          kill: { signal: 'SIGKILL', afterMs: part * wholeMs },
        });
        const there = await contents();
        expect([...all].filter((name) => !there.has(name))).toEqual([]);
      }
    }
    await graft(['check', 'many', '--undo'], { cwd });
    expect((await filesIn(root)).map((file) => file.slice(root.length + 1)).toSorted()).toEqual(
      names.toSorted(),
    );
    for (const name of names) expect(await readFile(join(root, name), 'utf8')).toBe(name);
  });
});
