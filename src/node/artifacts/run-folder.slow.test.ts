import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { thisProcess } from '../files/process-identity.ts';
import { requireRoom } from './disk-room.ts';
import { claimRunFolder, type RunFolder, resumeRunFolder } from './run-folder.ts';
import { readRunStart, trainingStart } from './run-start.ts';

const START = { dir: 'photos', recipe: DEFAULT_RECIPE, csv: {}, strict: false };
const LOCK = 'run/.graft-running';

let folder: string;
const before = process.cwd();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-run-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

const names = async (path: string): Promise<string[]> => (await readdir(path)).toSorted();

/** As a run leaves them. */
async function leaveCheckpoint(run: string): Promise<void> {
  await mkdir(join(run, '.graft-checkpoints'), { recursive: true });
  await writeFile(join(run, '.graft-checkpoints/000007.json'), `{"format":3,"sha256":"${'0'.repeat(64)}"`);
  const head = Buffer.concat([Buffer.from([40, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"weights/a":{}}')]);
  await writeFile(join(run, '.graft-checkpoints/000007.safetensors'), head);
}

/** The refusal of a file that is not Graft's. */
const foreign = (name: string): Error =>
  withMessage(
    `run folder "run": expected no "${name}", or one that Graft wrote, received another one. It was left as it is: move it away, or choose another --out.`,
  );

const MODEL = Buffer.concat([Buffer.from([8, 8, 18, 5]), Buffer.from('graft and more')]);

describe('claimRunFolder', () => {
  it('takes the next free number, also when asked many times at once', async () => {
    const claimed = await Promise.all(
      Array.from({ length: 5 }, () => claimRunFolder(undefined, './photos/', false)),
    );
    expect(claimed.map(({ path }) => path).toSorted()).toEqual(
      [1, 2, 3, 4, 5].map((number) => join('graft-runs', `photos-${number}`)),
    );
    for (const run of claimed) await run.release();
    expect(await readdir('.')).toEqual([]);
  });

  it('makes the folder that is named, with its parents', async () => {
    const run = await claimRunFolder('a/b', 'photos', false);
    expect(run.path).toBe('a/b');
    await run.release();
    expect(await readdir('a')).toEqual([]);
  });

  it('does not use what holds something unasked, and then leaves nothing in it', async () => {
    await mkdir('run');
    await writeFile('run/model.onnx', MODEL);
    await expect(claimRunFolder('run', 'photos', false)).rejects.toThrow(
      withMessage(
        'run folder "run": expected a new or empty folder, received one with 1 file in it. Choose another --out, or give --overwrite.',
      ),
    );
    expect(await readdir('run')).toEqual(['model.onnx']);
    expect((await claimRunFolder('run', 'photos', true)).path).toBe('run');
  });

  it.each([
    ['model.onnx', 'of another program'],
    ['recipe.json', '{ "cake": "two eggs" }'],
    ['history.csv', 'year,event\n1789,revolution\n'],
    ['curves.svg', '<svg><path/></svg>'],
    ['training.json', '{}'],
    ['run.json', '[]'],
    ['sweep.json', '{}'],
    ['sweep.csv', 'room,swept\n'],
  ])('does not write over a %s that is not of Graft, even when asked to overwrite', async (name, content) => {
    await mkdir('run');
    await writeFile(join('run', name), content);
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(foreign(name));
    expect([await readdir('run'), await readFile(join('run', name), 'utf8')]).toEqual([[name], content]);
  });

  it('does not take a folder, or a link to something else, for its own file', async () => {
    await mkdir('run/recipe.json', { recursive: true });
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(foreign('recipe.json'));
    await rm('run/recipe.json', { recursive: true });
    await writeFile('diary.txt', 'dear');
    await symlink(join(folder, 'diary.txt'), 'run/history.csv');
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(foreign('history.csv'));
    expect(await readFile('diary.txt', 'utf8')).toBe('dear');
  });

  it('says so when the place is a file', async () => {
    await writeFile('run', 'x');
    await expect(claimRunFolder('run/deeper', 'photos', false)).rejects.toThrow(
      withMessage(
        'file "run/deeper": expected a place that can be written, received a path that leads through a file. Nothing was written there. Make room or choose another place with --out.',
      ),
    );
  });

  it('removes what a killed run left unfinished, and no file that only looks like it', async () => {
    await mkdir('run');
    const left = ['.model.onnx.1.unfinished', '.curves.svg.77-0a1b2c3d.unfinished', '.run.json.5.unfinished'];
    const own = [
      'thesis.unfinished',
      '.thesis.1.unfinished',
      'model.onnx.unfinished',
      '.model.onnx.unfinished',
    ];
    for (const name of [...left, ...own]) await writeFile(join('run', name), 'half');
    await writeFile(`run/.graft-running.${'0a1b2c3d-0000-4000-8000-000000000000'}`, '');
    const run = await claimRunFolder('run', 'photos', true);
    await run.release();
    expect(await names('run')).toEqual(own.toSorted());
  });
});

describe('a claimed folder', () => {
  it('is removed again when nothing was put into it, and only then', async () => {
    await (await claimRunFolder('run', 'photos', false)).release();
    expect(await readdir('.')).toEqual([]);
    const run = await claimRunFolder('run', 'photos', false);
    await run.begin(trainingStart(START));
    expect(await names('run')).toEqual(['.graft-run', '.graft-running', 'run.json']);
    await run.release();
    expect(await readdir('.')).toEqual([]);
    const other = await claimRunFolder('run', 'photos', false);
    await other.begin(trainingStart(START));
    await writeFile('run/model.onnx', MODEL);
    await other.end();
    await other.release();
    expect(await names('run')).toEqual(['.graft-run', 'model.onnx']);
  });

  it('stays where a person had made it', async () => {
    await mkdir('run');
    const run = await claimRunFolder('run', 'photos', false);
    await run.begin(trainingStart(START));
    await run.release();
    expect([await readdir('.'), await readdir('run')]).toEqual([['run'], []]);
  });

  it('keeps what an earlier run left until the new one has begun', async () => {
    await mkdir('run');
    await leaveCheckpoint('run');
    await writeFile('run/run.json', JSON.stringify(START));
    const all = await names('run');
    const refused = await claimRunFolder('run', 'photos', true);
    await refused.release();
    expect(await names('run')).toEqual(all);
    expect(await readdir('run/.graft-checkpoints')).toHaveLength(2);
    const begun = await claimRunFolder('run', 'photos', true);
    await begun.begin(trainingStart(START));
    expect(await names('run')).toEqual(['.graft-run', '.graft-running', 'run.json']);
    await begun.release();
  });

  it('is never freed of what Graft did not write', async () => {
    const precious = [
      'checkpoints/epoch10/weights.pt',
      'checkpoints/000001.json',
      '.graft-checkpoints/000001.json',
      '.graft-checkpoints/000003.safetensors',
      '.graft-checkpoints/notes.txt',
      '.graft-checkpoints/000002.json/inside',
    ];
    for (const file of precious) {
      await mkdir(join('run', file, '..'), { recursive: true });
      await writeFile(join('run', file), 'precious');
    }
    await leaveCheckpoint('run');
    const run = await claimRunFolder('run', 'photos', true);
    await run.begin(trainingStart(START));
    await writeFile('run/model.onnx', MODEL);
    await run.end();
    await run.release();
    for (const file of precious) expect(await readFile(join('run', file), 'utf8'), file).toBe('precious');
    expect(existsSync('run/.graft-checkpoints/000007.json')).toBe(false);
    expect(existsSync('run/.graft-checkpoints/000007.safetensors')).toBe(false);
  });
});

describe('the lock of a run folder', () => {
  const refusal = (owner: string): Error =>
    withMessage(
      `run folder "run": expected a folder of its own for each run, received one that ${owner} is using. Wait for its end, or choose another --out; if it is no run of Graft's, remove ${join('run', '.graft-running')}.`,
    );
  const lock = (change: object): string => `${JSON.stringify({ ...thisProcess(), token: 't', ...change })}\n`;

  it('refuses a second run of this process, and of another that lives', async () => {
    const run = await claimRunFolder('run', 'photos', false);
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(
      refusal(`process ${process.pid}`) as Error,
    );
    await run.release();
    await mkdir('run');
    for (const text of [String(process.ppid), JSON.stringify({ host: hostname(), pid: process.ppid })]) {
      await writeFile(LOCK, text);
      await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(
        refusal(`process ${process.ppid}`) as Error,
      );
      expect(await readFile(LOCK, 'utf8')).toBe(text);
    }
  });

  it('is taken over from a process that was killed, or had not written its name yet', async () => {
    await mkdir('run');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (const text of [lock({ pid, started: '1' }), String(pid), String(2 ** 30), '']) {
      await writeFile(LOCK, text);
      const run = await claimRunFolder('run', 'photos', false);
      expect(JSON.parse(await readFile(LOCK, 'utf8'))).toMatchObject({ pid: process.pid });
      await run.release();
      expect(await readdir('run')).toEqual([]);
    }
  });

  it('is not held by a later process of the same number', needs.linux, async () => {
    await mkdir('run');
    await writeFile(LOCK, lock({ started: '1' }));
    await (await claimRunFolder('run', 'photos', false)).release();
  });

  it('is not held by a zombie', needs.linux, async () => {
    // The child ends when its parent is no shell any more, which would bury it.
    const shell = spawn('bash', ['-c', 'head -c 1 <&3 >&2 & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    onTestFinished(() => {
      shell.kill('SIGKILL');
    });
    const pid = Number(
      await new Promise<string>((done) => shell.stdout!.once('data', (text) => done(`${text}`))),
    );
    while ((await readFile(`/proc/${shell.pid}/comm`, 'utf8')) !== 'sleep\n') await new Promise(setImmediate);
    (shell.stdio[3] as Writable).end('.');
    while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) await new Promise(setImmediate);
    await mkdir('run');
    const started = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')[19]!;
    await writeFile(LOCK, lock({ pid, started }));
    await (await claimRunFolder('run', 'photos', false)).release();
  });

  it.each([
    ['another machine', { host: 'elsewhere', kernel: 'b', namespace: 'pid:[1]' }, 'elsewhere'],
    ['another container', { namespace: 'pid:[1]' }, 'another container'],
  ])('is refused as soon as a process on %s gives a sign of life', async (_, change, place) => {
    if (place === 'another container' && thisProcess().kernel === undefined) return;
    await mkdir('run');
    await writeFile(LOCK, lock({ pid: 7, ...change }));
    let beats = 0;
    const notes: string[] = [];
    const claiming = claimRunFolder('run', 'photos', true, {
      onWait(note) {
        notes.push(note);
        beats += 1;
        void utimes(LOCK, beats, beats);
      },
    });
    await expect(claiming).rejects.toThrow(refusal(`process 7 of ${place}`));
    expect(notes).toEqual([
      `run was in use by process 7 of ${place}: waiting up to 60 s for a sign of life.`,
    ]);
  });

  it('ends the wait when it is asked to', async () => {
    await mkdir('run');
    await writeFile(LOCK, lock({ host: 'elsewhere', kernel: 'b' }));
    const stop = new AbortController();
    const claiming = claimRunFolder('run', 'photos', true, {
      signal: stop.signal,
      onWait: () => stop.abort(),
    });
    await expect(claiming).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('leaves alone a file of its name that is none', async () => {
    await mkdir('run');
    await writeFile(LOCK, 'my own');
    await expect(claimRunFolder('run', 'photos', true)).rejects.toThrow(
      withMessage(
        `lock "${join('run', '.graft-running')}": expected a lock file of Graft, or none, received a file with something else in it. It was left as it is: move it away, or choose another place.`,
      ),
    );
    expect(await readFile(LOCK, 'utf8')).toBe('my own');
  });

  it('stops a run that has lost its folder, which writes nothing more', async () => {
    const run = await claimRunFolder('run', 'photos', false);
    await run.begin(trainingStart(START));
    await leaveCheckpoint('run');
    await writeFile(LOCK, lock({ host: 'elsewhere', pid: 7, kernel: 'b' }));
    const all = await names('run');
    const lost = withMessage(
      'run folder "run": expected to be the folder of this run until its end, received one that process 7 of elsewhere has taken over. This run has stopped, and writes nothing more there. Give each run an --out of its own.',
    );
    expect(run.lost.aborted).toBe(false);
    const acts = [
      () => run.requireHeld(),
      () => run.begin(trainingStart(START)),
      () => run.end(),
      () => run.mark(),
    ];
    for (const act of acts) {
      await expect(act()).rejects.toThrow(lost);
    }
    expect(run.lost.aborted).toBe(true);
    await run.release();
    expect(await names('run')).toEqual(all);
    await rm(LOCK);
    await expect(run.requireHeld()).rejects.toThrow('received one without its .graft-running.');
  });
});

describe('resumeRunFolder', () => {
  const ended = (run: string): Error =>
    withMessage(
      `run folder "${run}": expected a run that was begun and has not ended, received a folder without run.json. A run that has ended is begun again with graft train DIR --recipe RUN/recipe.json.`,
    );

  async function interrupted(): Promise<RunFolder> {
    const run = await claimRunFolder('run', 'photos', false);
    await run.begin(trainingStart(START));
    await leaveCheckpoint('run');
    return run;
  }

  it('gives what the run was told, and keeps it when it fails again', async () => {
    await (await interrupted()).release();
    const { folder: again, start } = await resumeRunFolder('run', readRunStart);
    expect(start.dir).toBe(join(process.cwd(), 'photos'));
    await again.release();
    await rm('run/.graft-checkpoints', { recursive: true });
    await (await resumeRunFolder('run', readRunStart)).folder.release();
    expect(await names('run')).toEqual(['.graft-run', 'run.json']);
  });

  it('refuses what has ended or never was, and leaves no trace of having asked', async () => {
    await mkdir('own');
    await writeFile('own/file', 'x');
    for (const run of ['own', 'nowhere'])
      await expect(resumeRunFolder(run, readRunStart)).rejects.toThrow(ended(run));
    expect([await readdir('own'), existsSync('nowhere')]).toEqual([['file'], false]);
  });

  it('tidies up what a kill left at the very end of a run', async () => {
    await (await interrupted()).release();
    await writeFile('run/model.onnx', MODEL);
    await cp('run', 'whole', { recursive: true });
    // Killed after run.json went; after some checkpoints, too; and just before its lock would have gone.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const stages = [[], ['.graft-checkpoints/000007.json'], ['.graft-checkpoints']];
    for (const gone of stages) {
      await rm('run', { recursive: true });
      await cp('whole', 'run', { recursive: true });
      for (const name of ['run.json', ...gone]) await rm(join('run', name), { recursive: true });
      await writeFile(LOCK, lockOf(pid));
      await writeFile('run/.graft-checkpoints.txt', 'mine');
      await expect(resumeRunFolder('run', readRunStart)).rejects.toThrow(ended('run'));
      expect(await names('run')).toEqual(['.graft-checkpoints.txt', '.graft-run', 'model.onnx']);
    }
  });

  const lockOf = (pid: number): string => JSON.stringify({ ...thisProcess(), pid, started: '1', token: 't' });
});

describe('requireRoom', () => {
  it('lets through what fits, and a place that tells nothing', async () => {
    await expect(requireRoom(tmpdir(), 1000)).resolves.toBeUndefined();
    await expect(requireRoom('/nowhere', 1e6)).resolves.toBeUndefined();
  });

  it('refuses what no .onnx file can hold', async () => {
    await expect(requireRoom(tmpdir(), 600_000_000)).rejects.toThrow(
      withMessage(
        'model file: expected at most 2.1 GB, which is what an .onnx file can hold, received 600,000,000 parameters x 4 bytes = 2.4 GB. Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
      ),
    );
  });

  it('asks for the checkpoints as well', async () => {
    await expect(requireRoom(tmpdir(), 1000, 1e18)).rejects.toThrow(
      /^run folder ".+": expected 1000000\.0 TB of free disk for the model and its checkpoints, received .+\. Make room, or choose another place with --out\.$/,
    );
  });
});
