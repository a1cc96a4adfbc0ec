import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { lockFile } from './file-lock.ts';
import { thisProcess } from './process-identity.ts';

const lockOf = async (): Promise<string> => join(await temporaryFolder(), 'x.lock');

describe('lockFile', () => {
  it('lets one in at a time', async () => {
    const path = await lockOf();
    let inside = 0;
    let max = 0;
    const work = async (): Promise<void> => {
      const lock = await lockFile(path, { pollMs: 1 });
      inside += 1;
      max = Math.max(max, inside);
      await pause(3);
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(max).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it(
    'is refused where something else has its name: a pipe, a device, a link to nothing, a folder',
    needs.signals,
    async () => {
      const path = await lockOf();
      const makers = [
        () => void execFileSync('mkfifo', [path]),
        () => symlink('/dev/zero', path),
        () => symlink('nowhere', path),
        () => mkdir(path),
      ];
      for (const make of makers) {
        await make();
        await expect(lockFile(path)).rejects.toThrow(
          withMessage(
            `lock "${path}": expected a lock file of Graft, or none, received something else. It was left as it is: move it away, or choose another place.`,
          ),
        );
        await lstat(path);
        await rm(path, { recursive: true });
      }
    },
  );

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
    let max = 0;
    const work = async (): Promise<void> => {
      const lock = await lockFile(path, { staleMs: 100, pollMs: 5 });
      inside += 1;
      max = Math.max(max, inside);
      await pause(5);
      inside -= 1;
      await lock.release();
    };
    await Promise.all([work(), work(), work()]);
    expect(max).toBe(1);
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

  it('does not hold it against the holder that it stood still itself', async () => {
    const path = await lockOf();
    const holder = JSON.stringify({ host: 'elsewhere', pid: 1, token: 'old' });
    await writeFile(path, holder);
    const stop = new AbortController();
    const reason = new Error('enough');
    const waiting = lockFile(path, {
      staleMs: 1200,
      pollMs: 5,
      signal: stop.signal,
      onWait: () => {
        const end = performance.now() + 1300;
        while (performance.now() < end);
        setTimeout(() => stop.abort(reason), 50);
      },
    });
    await expect(waiting).rejects.toBe(reason);
    expect(await readFile(path, 'utf8')).toBe(holder);
  });

  it("leaves another one's lock alone when it is released late", async () => {
    const path = await lockOf();
    const lock = await lockFile(path);
    await writeFile(path, 'of another');
    await lock.release();
    expect(await readFile(path, 'utf8')).toBe('of another');
  });

  it('is not held by one in another PID namespace of this machine that has stood still by their common clock', async () => {
    const path = await lockOf();
    await writeFile(path, JSON.stringify({ ...thisProcess(), namespace: 'pid:[1]', pid: 1, token: 'old' }));
    const longAgo = new Date(Date.now() - 1e7);
    await utimes(path, longAgo, longAgo);
    const started = performance.now();
    const lock = await lockFile(path, { staleMs: 1200, pollMs: 5 });
    // Long before its own clock would have said so, but not before a living holder had its time for a sign.
    const took = performance.now() - started;
    expect([took >= 400, await lock.isHeld()]).toEqual([true, true]);
    await lock.release();
  });

  it('is not taken from a process in another PID namespace whose number means nothing here', async () => {
    const path = await lockOf();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const holder = JSON.stringify({ ...thisProcess(), namespace: 'pid:[1]', pid, token: 'old' });
    await writeFile(path, holder);
    const stop = new AbortController();
    const reason = new Error('enough');
    const waiting = lockFile(path, {
      staleMs: 1e9,
      pollMs: 1,
      signal: stop.signal,
      onWait: () => setTimeout(() => stop.abort(reason), 200),
    });
    await expect(waiting).rejects.toBe(reason);
    expect(await readFile(path, 'utf8')).toBe(holder);
  });

  it('tells its holder, once, that another has taken it', async () => {
    const path = await lockOf();
    let lost = 0;
    const lock = await lockFile(path, { staleMs: 60, onLost: () => (lost += 1) });
    expect(await lock.isHeld()).toBe(true);
    await writeFile(path, JSON.stringify({ host: 'elsewhere', pid: 7, token: 'new' }));
    await vi.waitFor(() => expect(lost).toBe(1), { timeout: 30_000 });
    expect([await lock.isHeld(), await lock.isHeld(), lost]).toEqual([false, false, 1]);
    expect(await lock.holder()).toMatchObject({ host: 'elsewhere', pid: 7 });
    await lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it('leaves a file alone that is no lock, whatever its name', async () => {
    const path = await lockOf();
    await writeFile(path, 'dear diary');
    await expect(lockFile(path, { staleMs: 1 })).rejects.toThrow(
      withMessage(
        `lock "${path}": expected a lock file of Graft, or none, received a file with something else in it. It was left as it is: move it away, or choose another place.`,
      ),
    );
    expect(await readFile(path, 'utf8')).toBe('dear diary');
  });

  it.each([
    ['empty', ''],
    ['all zeros', '\0'.repeat(200)],
    ['half-written', '{"host":"h", "pi'],
  ])('is taken over where a power cut left it: %s', async (_, text) => {
    const path = await lockOf();
    await writeFile(path, text);
    const lock = await lockFile(path, { staleMs: 50, pollMs: 5 });
    await lock.release();
    expect(existsSync(path)).toBe(false);
  });
});
