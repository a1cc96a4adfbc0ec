/** @file A lock file, so that two processes do not do the same work in the same place at the same time. */

import { randomUUID } from 'node:crypto';
import { link, lstat, open, rename, stat, unlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readPlainText } from './plain-file.ts';
import { hasEnded, type ProcessIdentity, sharesClock, thisProcess } from './process-identity.ts';

export interface FileLockOptions {
  /** Ends the wait by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when somebody else holds the lock; undefined where the lock does not tell who. */
  readonly onWait?: ((holder: ProcessIdentity | undefined) => void) | undefined;
  /**
   * Called when the holder lives for certain: its process is there, or it gave a sign of life. What it throws ends the
   * wait.
   */
  readonly onAlive?: ((holder: ProcessIdentity) => void) | undefined;
  /** Called once, when another process has taken the lock from this one, or somebody has removed it. */
  readonly onLost?: (() => void) | undefined;
  /** A holder that gives no sign of life for so long has lost the lock. Default 30 s. */
  readonly staleMs?: number | undefined;
  /** How often a waiter looks. Default 200 ms. */
  readonly pollMs?: number | undefined;
}

export interface FileLock {
  /** Looks whether it still is: a process that was suspended for long may have lost it. */
  isHeld(): Promise<boolean>;
  /** Who holds the lock by now; undefined for nobody. */
  holder(): Promise<ProcessIdentity | undefined>;
  /** Gives the lock back, if it is still held. */
  release(): Promise<void>;
}

/** Signs of life in the time after which a holder is given up. */
const BEATS_BEFORE_STALE = 6;

/** Between making a lock and writing into it. */
const WRITING_MS = 2000;

/**
 * Takes the lock `path`, waiting while another holds it. The file is made with O_EXCL and names its holder. It is
 * taken over when the holder's process has ended, as far as that can be seen from here; or when its time of change,
 * which a living holder renews, stood still for `staleMs` of the waiter's own clock. The clocks of two machines are never
 * compared; containers of one machine share theirs.
 *
 * A holder that was given up while it lived (a suspended process) goes on until it looks. So what is done under the lock
 * must be harmless when done twice: equal bytes at equal places, then a rename; or its holder looks before each write.
 *
 * @throws {GraftError} `file-exists`, if a file of that name is no lock: it is left alone. The file system's own error, if
 *   the lock cannot be made; the signal's reason; what `onAlive` throws.
 */
export async function lockFile(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const { signal, onWait, onAlive, onLost, staleMs = 30_000, pollMs = 200 } = options;
  const beatMs = staleMs / BEATS_BEFORE_STALE;
  const owner = `${JSON.stringify({ ...thisProcess(), token: randomUUID() })}\n`;
  let seen: LockText | undefined;
  let lookedMs = 0;
  let stillMs = 0;
  let waited = false;
  while (!(await create(path, owner))) {
    signal?.throwIfAborted();
    const found = await look(path);
    if (found === undefined) continue;
    if (!isLock(found.text)) throw noLock(path);
    const holder = holderOf(found.text);
    const ended = holder && hasEnded(holder);
    if (seen?.text !== found.text || seen.changedMs !== found.changedMs) {
      const isBeat = seen?.text === found.text;
      seen = found;
      stillMs = 0;
      if (isBeat && holder !== undefined) onAlive?.(holder);
    } else {
      // A waiter that was suspended itself, or got no processor time, does not hold that against the holder.
      stillMs += Math.min(performance.now() - lookedMs, beatMs);
    }
    lookedMs = performance.now();
    if (ended === false) onAlive?.(holder!);
    if (ended === true || isStale({ holder, changedMs: found.changedMs, stillMs, staleMs, beatMs })) {
      await removeStale(path, found.text);
      continue;
    }
    if (!waited) onWait?.(holder);
    waited = true;
    await pause(Math.min(pollMs, beatMs), undefined, signal && { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
  let isLost = false;
  const isHeld = async (): Promise<boolean> => {
    if (!isLost && (await look(path))?.text === owner) return true;
    clearInterval(beat);
    if (!isLost) onLost?.();
    isLost = true;
    return false;
  };
  const renew = async (): Promise<void> => {
    const now = new Date();
    if (await isHeld()) await utimes(path, now, now);
  };
  // A place that cannot be asked just now has not been taken over.
  const beat = setInterval(() => void renew().catch(() => {}), beatMs);
  beat.unref();
  await renew().catch(() => {});
  return {
    isHeld,
    async holder() {
      return holderOf((await look(path))?.text ?? '');
    },
    async release() {
      clearInterval(beat);
      if ((await look(path).catch(() => undefined))?.text === owner) await unlink(path).catch(() => {});
    },
  };
}

/** Whether the text of a file is that of a lock, or of one that a kill or a power cut left in the making. */
export function isLock(text: string): boolean {
  return text.startsWith('{"host":') || /^\d*$/.test(text) || /^\0+$/.test(text);
}

interface LockText {
  readonly text: string;
  /** Changes with each sign of life. */
  readonly changedMs: number;
}

/** @throws The file system's own error; nothing is left then. */
async function create(path: string, owner: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(owner);
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  // Where writing took so long that another took it for abandoned, the lock is that one's.
  return (await look(path))?.text === owner;
}

async function look(path: string): Promise<LockText | undefined> {
  try {
    // Opening it asks a network file system anew for the time.
    const text = await readPlainText(path);
    return { text, changedMs: (await stat(path)).mtimeMs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EFTYPE') throw noLock(path, 'something else');
    if (code !== 'ENOENT') throw error;
    // A link to nothing is in the way of a lock, and never goes.
    if ((await lstat(path).catch(() => undefined))?.isSymbolicLink()) throw noLock(path, 'something else');
    return undefined;
  }
}

/** Undefined where it is not told. Earlier versions wrote no more than the process's number. */
function holderOf(text: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(text) as number | Partial<ProcessIdentity>;
    if (typeof holder === 'number') return { host: hostname(), pid: holder };
    const { host, pid } = holder;
    if (typeof host !== 'string' || !Number.isInteger(pid) || pid! <= 0) return undefined;
    return { ...holder, host, pid: pid! };
  } catch {
    return undefined;
  }
}

function isStale(seen: {
  readonly holder: ProcessIdentity | undefined;
  readonly changedMs: number;
  readonly stillMs: number;
  readonly staleMs: number;
  readonly beatMs: number;
}): boolean {
  const { holder, changedMs, stillMs, staleMs, beatMs } = seen;
  if (stillMs >= staleMs) return true;
  if (holder === undefined) return stillMs >= Math.min(WRITING_MS, staleMs);
  // Not at once: after the machine has slept, a living holder needs a moment for its sign.
  return sharesClock(holder) && stillMs >= 2 * beatMs && Date.now() - changedMs >= staleMs;
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
  const text = await readPlainText(aside).catch(() => undefined);
  if (text === staleText || (await putBack(aside, path))) await unlink(aside).catch(() => {});
}

/** Gives a file that was moved aside its name again. @returns Whether the other name is of no use any more. */
async function putBack(aside: string, path: string): Promise<boolean> {
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another has made a lock meanwhile: the one that was moved is lost to its holder, which will see so.
    if (code === 'EEXIST') return isLock(await readPlainText(aside).catch(() => 'unreadable'));
    // Some file systems know no second name for a file.
    if ((await lstat(path).catch(() => undefined)) === undefined) await rename(aside, path).catch(() => {});
    return false;
  }
}

function noLock(path: string, received = 'a file with something else in it'): GraftError {
  return new GraftError('file-exists', {
    where: `lock "${path}"`,
    expected: 'a lock file of Graft, or none',
    received,
    advice: 'It was left as it is: move it away, or choose another place.',
  });
}
