import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/picture-folder.ts';
import { lockFile } from './file-lock.ts';

const lockOf = async (): Promise<string> => join(await temporaryFolder(), 'x.lock');

describe('lockFile', () => {
  it('lets one in at a time', async () => {
    const path = await lockOf();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const lock = await lockFile(path, { pollMs: 1 });
      inside += 1;
      most = Math.max(most, inside);
      await pause(3);
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('takes over at once from a process of this machine that has ended', async () => {
    const path = await lockOf();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(path, JSON.stringify({ host: hostname(), pid, token: 'old' }));
    const lock = await lockFile(path, { staleMs: 1e9 });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('takes over from a holder elsewhere that shows no life, and lets several try', async () => {
    const path = await lockOf();
    await writeFile(path, JSON.stringify({ host: 'elsewhere', pid: 1, token: 'old' }));
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const lock = await lockFile(path, { staleMs: 100, pollMs: 5 });
      inside += 1;
      most = Math.max(most, inside);
      await pause(5);
      inside -= 1;
      await lock.release();
    };
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
  });

  it('waits as long as the holder shows life, whatever the clock of its machine says', async () => {
    const path = await lockOf();
    const holder = JSON.stringify({ host: 'elsewhere', pid: 1, token: 'old' });
    await writeFile(path, holder);
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
      void utimes(path, beats, beats);
    }, 20);
    const stop = new AbortController();
    let waits = 0;
    const waiting = lockFile(path, {
      staleMs: 1500,
      pollMs: 5,
      signal: stop.signal,
      onWait: () => (waits += 1),
    });
    const reason = new Error('enough');
    const ended = expect(waiting).rejects.toBe(reason);
    await pause(2500);
    stop.abort(reason);
    await ended;
    clearInterval(beat);
    expect(waits).toBe(1);
    expect(await readFile(path, 'utf8')).toBe(holder);
  });

  it("leaves another one's lock alone when it is released late", async () => {
    const path = await lockOf();
    const lock = await lockFile(path);
    await writeFile(path, 'of another');
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe('of another');
  });
});
