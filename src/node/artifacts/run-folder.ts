/** @file The folder of a run: claimed before training, filled at its end, never overwritten unasked. */

import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type FileLock, lockFile } from '../files/file-lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import {
  NAME_IS_PROOF,
  type OwnFile,
  removeEmptyFolder,
  removeOwnFile,
  removeOwnFiles,
} from '../files/own-files.ts';
import { type ProcessIdentity, thisProcess } from '../files/process-identity.ts';
import { markRunFolder, OWN_RUN_MARK, RUN_LOCK, RUN_MARK, readRunMark } from '../files/run-mark.ts';
import { writeError } from '../files/write-file.ts';
import { CHECKPOINTS_FOLDER, checkpointBytes, hasCheckpoints } from './checkpoint-folder.ts';
import { requireFree, requireRoom } from './disk-room.ts';
import { requireReplaceable, UNFINISHED_OUTPUTS } from './run-outputs.ts';
import { beginRun, endRun, RUN_START, type StartFile } from './start-file.ts';

/** Where runs go when no folder is named. */
export const RUNS_FOLDER = 'graft-runs';

/** A run gives a sign of life every 10 s, and between two steps at the latest: a step may take long. */
const GIVEN_UP_MS = 60_000;

/** A run with one of these has come to something. */
const RESULTS = ['model.onnx', 'model.safetensors'];

/** What a takeover of the lock leaves where a kill came between. */
const LEFT_LOCKS: OwnFile = {
  name: /^\.graft-running\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  proof: NAME_IS_PROOF,
};

export interface ClaimOptions {
  /** Hears that somebody seems to be at it, and that it is watched for a sign of life. */
  readonly onWait?: ((note: string) => void) | undefined;
  /** Ends that wait. */
  readonly signal?: AbortSignal | undefined;
  /** Whether whoever asks could overwrite what is there, for the message. Default true. */
  readonly canOverwrite?: boolean | undefined;
}

/**
 * Claims a folder for a run.
 *
 * @param out - The folder wanted; undefined takes the next free `graft-runs/<name>-<number>`.
 * @param overwrite - Whether a folder that holds something may be used; the files of a run in it are replaced one by one,
 *   all others stay.
 * @returns The folder, which exists now, can be written, and is no other run's until it is released.
 * @throws {GraftError} `file-exists`, if it holds something, a file that is not Graft's has the name of one that a run
 *   writes, or another run uses it; `file-write`, if it cannot be written.
 */
export async function claimRunFolder(
  out: string | undefined,
  dataFolder: string,
  overwrite: boolean,
  options: ClaimOptions = {},
): Promise<RunFolder> {
  let path = out;
  let made = false;
  try {
    if (path === undefined) [path, made] = [await makeNextFree(basename(resolve(dataFolder))), true];
    else made = await makeFolder(path);
    // Before anything is written into a person's folder, and again when no other run can be at it.
    if (!overwrite) await requireEmpty(path, options);
    const claimed = await claim(path, made, options);
    try {
      if (!overwrite) await requireEmpty(path, options);
      await requireReplaceable(path);
      await removeOwnFiles(path, [UNFINISHED_OUTPUTS, LEFT_LOCKS]);
    } catch (error) {
      await claimed.release();
      throw error;
    }
    return claimed;
  } catch (cause) {
    if (made && path !== undefined) await removeEmptyFolder(path);
    throw writeError(path ?? RUNS_FOLDER, cause);
  }
}

/**
 * Claims the folder of a run that was begun, to go on with it. One that has ended, or is none, is refused; what a kill left
 * in it when it ended is removed.
 *
 * @param readStart - Reads what the run was told.
 * @throws {GraftError} `checkpoint`, if there is no such run, or it has ended; and as {@link claimRunFolder}.
 */
export async function resumeRunFolder<Start>(
  path: string,
  readStart: (run: string) => Promise<Start>,
  options: ClaimOptions = {},
): Promise<{ readonly folder: RunFolder; readonly start: Start }> {
  // Before anything is written: a wrong name must not leave a mark.
  const names = await readdir(path).catch(() => []);
  if (!names.some((name) => name === RUN_START || name === RUN_LOCK || name === CHECKPOINTS_FOLDER)) {
    await readStart(path);
  }
  const folder = await claim(path, false, options).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
  try {
    const start = await readStart(path).catch(async (error: unknown) => {
      if (!(await readdir(path)).includes(RUN_START)) await endRun(path);
      throw error;
    });
    await requireReplaceable(path);
    await removeOwnFiles(path, [UNFINISHED_OUTPUTS, LEFT_LOCKS]);
    return { folder, start };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

/** A folder that is this run's own until it is released, or another process takes it over. */
export class RunFolder {
  readonly path: string;
  /** Aborts when the folder is another's. */
  readonly lost: AbortSignal;
  readonly #lock: FileLock;
  /** Whether this run, or the one that it goes on with, made the folder. */
  readonly #made: boolean;
  #hasBegun = false;

  constructor(path: string, lock: FileLock, lost: AbortSignal, made: boolean) {
    this.path = path;
    this.#lock = lock;
    this.lost = lost;
    this.#made = made;
  }

  /**
   * To be asked before every write: a process that stood still for long may have been given up by another.
   *
   * @throws {GraftError} `file-exists`, if the folder is another's.
   */
  async requireHeld(): Promise<void> {
    // A place that cannot be asked just now has not been taken over; what is written next says what is wrong.
    if (await this.#lock.isHeld().catch(() => true)) return;
    const holder = await this.#lock.holder().catch(() => undefined);
    throw new GraftError('file-exists', {
      where: `run folder "${this.path}"`,
      expected: 'to be the folder of this run until its end',
      received: holder ? `one that ${nameOf(holder)} has taken over` : `one without its ${RUN_LOCK}`,
      advice: 'This run has stopped, and writes nothing more there. Give each run an --out of its own.',
    });
  }

  /** Marks the folder as written by Graft. @throws {GraftError} `file-write`. */
  async mark(): Promise<void> {
    await this.requireHeld();
    this.#hasBegun = true;
    await markRunFolder(this.path, this.#made).catch((cause: unknown) => {
      throw writeError(this.path, cause);
    });
  }

  /** Once the recipe was checked: writes what the run was told, in the place of a run before it. */
  async begin(start: StartFile): Promise<void> {
    await this.mark();
    await beginRun(this.path, start);
  }

  /** The run has a result: what is needed only to go on is removed. */
  async end(): Promise<void> {
    await this.requireHeld();
    await endRun(this.path);
  }

  /** @throws {GraftError} `file-write`, if the model and the checkpoints will not fit. */
  async requireRoom(parameters: number, checkpoints = 0): Promise<void> {
    const there = checkpoints === 0 ? 0 : await checkpointBytes(this.path);
    await requireRoom(this.path, parameters, Math.max(0, checkpoints - there));
  }

  /**
   * Of a language model that is trained.
   *
   * @param trainable - Numbers that are trained.
   * @throws {GraftError} `file-write`, if its files and two checkpoints will not fit.
   */
  async requireRoomFor(parameters: number, trainable: number): Promise<void> {
    // The weights, two slots of the optimizer, and the best weights so far.
    const checkpoints = 2 * 4 * trainable * Float32Array.BYTES_PER_ELEMENT;
    const needed = parameters * Float32Array.BYTES_PER_ELEMENT + checkpoints;
    await requireFree(
      this.path,
      needed - (await checkpointBytes(this.path)),
      'the model and its checkpoints',
    );
  }

  /**
   * Gives the folder back, and removes it if nothing was reached that could be gone on with. Never throws: what went
   * wrong before is what a person must hear of.
   */
  async release(): Promise<void> {
    if (await this.#lock.isHeld().catch(() => true)) await this.#tidy().catch(() => undefined);
    await this.#lock.release();
    if (this.#made) await removeEmptyFolder(this.path).catch(() => undefined);
    if (this.#made && dirname(this.path) === RUNS_FOLDER) await removeEmptyFolder(RUNS_FOLDER);
  }

  async #tidy(): Promise<void> {
    const names = await readdir(this.path);
    const isReached = RESULTS.some((name) => names.includes(name)) || (await hasCheckpoints(this.path));
    // What an earlier run left is not this one's to end before it has begun.
    if (this.#hasBegun && !isReached) await endRun(this.path);
    const rest = (await readdir(this.path)).filter((name) => name !== RUN_LOCK);
    if (rest.length === 1 && rest[0] === RUN_MARK) {
      await removeOwnFile(join(this.path, RUN_MARK), OWN_RUN_MARK.proof);
    }
  }
}

/** @throws {GraftError} `file-exists`, if another run uses it; the file system's own error. */
async function claim(path: string, made: boolean, { onWait, signal }: ClaimOptions): Promise<RunFolder> {
  const lost = new AbortController();
  const file = join(path, RUN_LOCK);
  const lock = await lockFile(file, {
    staleMs: GIVEN_UP_MS,
    signal,
    onLost: () => lost.abort(),
    onWait: (holder) => {
      if (holder === undefined) return;
      onWait?.(
        `${path} was in use by ${nameOf(holder)}: waiting up to ${GIVEN_UP_MS / 1000} s for a sign of life.`,
      );
    },
    onAlive: (holder) => {
      throw new GraftError('file-exists', {
        where: `run folder "${path}"`,
        expected: 'a folder of its own for each run',
        received: `one that ${nameOf(holder)} is using`,
        advice: `Wait for its end, or choose another --out; if it is no run of Graft's, remove ${file}.`,
      });
    },
  }).catch((error: unknown) => {
    throw signal?.aborted ? stoppedWaiting(path) : error;
  });
  const hadMade = (await readRunMark(path))?.made ?? false;
  return new RunFolder(path, lock, lost.signal, made || hadMade);
}

function stoppedWaiting(path: string): GraftError {
  return new GraftError('interrupted', {
    where: `run folder "${path}"`,
    expected: 'to become free',
    received: 'a request to stop',
    advice: 'Stopped before training began: nothing was changed.',
  });
}

/** Of one in another container or on another machine, the number means nothing here. */
function nameOf({ host, pid, ...other }: ProcessIdentity): string {
  const self = thisProcess();
  const isHere = host === self.host && (other.namespace === undefined || other.namespace === self.namespace);
  return isHere ? `process ${pid}` : `process ${pid} of ${host === self.host ? 'another container' : host}`;
}

/** @throws {GraftError} `file-exists`. */
async function requireEmpty(folder: string, { canOverwrite = true }: ClaimOptions): Promise<void> {
  const names = await readdir(folder);
  const held = names.filter((name) => {
    if (name === RUN_LOCK || name === RUN_MARK) return false;
    // Of no use without what the run was told.
    if (name === CHECKPOINTS_FOLDER && !names.includes(RUN_START)) return false;
    return ![UNFINISHED_OUTPUTS, LEFT_LOCKS].some((own) => own.name.test(name));
  });
  if (held.length === 0) return;
  throw new GraftError('file-exists', {
    where: `run folder "${folder}"`,
    expected: 'a new or empty folder',
    received: `one with ${held.length} ${held.length === 1 ? 'file' : 'files'} in it`,
    advice: canOverwrite ? 'Choose another --out, or give --overwrite.' : 'Choose another --out.',
  });
}

/** Making the folder is the claim: of two runs at once, one gets the number and the other the next. */
async function makeNextFree(name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(RUNS_FOLDER, `${name}-${number}`);
    if (await makeFolder(folder).catch(refuseUnlessTaken)) return folder;
  }
}

/** A file may have the name. */
function refuseUnlessTaken(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}
