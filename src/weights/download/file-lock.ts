/** @file A lock file, so that two processes do not do the same work in the same place at the same time. */

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

export interface FileLockOptions {
  /** Ends the wait by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds the lock. */
  readonly onWait?: (() => void) | undefined;
  /** A holder that gives no sign of life for so long has lost the lock. Default 30 s. */
  readonly staleMs?: number | undefined;
  /** How often a waiter looks. Default 200 ms. */
  readonly pollMs?: number | undefined;
}

export interface FileLock {
  /** Gives the lock back, if it is still held. */
  release(): Promise<void>;
}

/** Signs of life in the time after which a holder is given up. */
const BEATS_BEFORE_STALE = 6;

/**
 * Takes the lock `path`, waiting while another holds it. The file is made with O_EXCL and names its holder. It is
 * taken over when the holder's process on this machine has ended, or when its time of change, which a living
 * holder renews, stood still for `staleMs` of the waiter's own clock: the clocks of two machines are never compared.
 *
 * A holder that was given up while it lived (a suspended process) goes on unknowing. So what is done under the lock must
 * be harmless when done twice: equal bytes at equal places, then a rename.
 *
 * @throws The file system's own error, if the lock cannot be made; the signal's reason.
 */
export async function lockFile(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const { signal, onWait, staleMs = 30_000, pollMs = 200 } = options;
  const owner = `${JSON.stringify({ host: hostname(), pid: process.pid, token: randomUUID() })}\n`;
  let mark = '';
  let seenSince = 0;
  let waited = false;
  while (!(await create(path, owner))) {
    signal?.throwIfAborted();
    const holder = await look(path);
    if (holder === undefined) continue;
    if (holder.mark !== mark) {
      mark = holder.mark;
      seenSince = performance.now();
    }
    if (hasEnded(holder.text) || performance.now() - seenSince >= staleMs) {
      await removeStale(path, holder.text);
      continue;
    }
    if (!waited) onWait?.();
    waited = true;
    await pause(pollMs, undefined, signal && { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, staleMs / BEATS_BEFORE_STALE);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      if ((await look(path))?.text === owner) await unlink(path).catch(() => {});
    },
  };
}

async function create(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock, and a mark that changes with each sign of life. */
async function look(path: string): Promise<{ text: string; mark: string } | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    const { mtimeMs } = await stat(path);
    return { text, mark: `${mtimeMs} ${text}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the holder ran on this machine and is no more. */
function hasEnded(text: string): boolean {
  let holder: { host?: unknown; pid?: unknown };
  try {
    holder = JSON.parse(text);
  } catch {
    return false; // Just being written.
  }
  if (holder.host !== hostname() || typeof holder.pid !== 'number') return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes the lock of a holder that is gone. Two waiters may try at once, and the second would remove the first one's
 * new lock: so the file is moved aside and looked at, and put back if it was not the stale one.
 */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const text = await readFile(aside, 'utf8').catch(() => staleText);
  if (text !== staleText) await link(aside, path).catch(() => {});
  await unlink(aside).catch(() => {});
}
