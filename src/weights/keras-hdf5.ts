/**
 * @file Reads the weights of Keras 1, 2 and 3 from HDF5 (hdf5-layers.ts), in a thread of its own: HDF5 is a large C
 * library, which a damaged file can leave broken or never returning. The thread is then given up.
 */

import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, type ErrorParts, GraftError } from '../errors/graft-error.ts';
import type { Hdf5Layers, Hdf5Request } from './hdf5-layers.ts';
import { parseConfigText } from './model-config.ts';
import { brokenFile, describeFile, type WeightFile } from './weight-file.ts';

/** A hundred times what a slow machine needs. */
const MOST_MS = 20_000;
const MOST_MS_PER_MB = 200;

/** What the thread answers. */
export type Hdf5Answer =
  | { readonly layers: Hdf5Layers }
  | {
      readonly code: ErrorCode;
      readonly parts: ErrorParts;
      readonly cause: string;
      /** Whether the library gave up altogether. */
      readonly aborted: boolean;
    };

export interface KerasHdf5Options {
  /** Of Keras 3's layout: layers' names by their groups, for files that have no names of their own. */
  readonly names?: ReadonlyMap<string, string>;
}

/**
 * Reads all weights at once; HDF5 is then closed.
 *
 * @param source - A path, or the bytes of a whole file.
 * @param where - For messages. Default: from the path.
 * @throws {GraftError} `file-not-found`; `weights`, if the file is damaged or not of this layout.
 */
export async function readKerasHdf5(
  source: string | Uint8Array,
  where?: string,
  { names }: KerasHdf5Options = {},
): Promise<WeightFile> {
  if (typeof source !== 'string') return readBytes(source, where ?? 'weights', { ...(names && { names }) });
  const name = where ?? describeFile(source);
  const status = await stat(source, { bigint: true }).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      { where: name, expected: 'a file', received: `no file at "${source}"`, advice: 'Check the path.' },
      { cause },
    );
  });
  const request = { path: source, fileBytes: Number(status.size), where: name, names };
  const answer = await inThread(request, `${status.dev}:${status.ino}:${status.birthtimeNs}`);
  if ('layers' in answer) {
    const { configText, ...layers } = answer.layers;
    const config = configText === undefined ? undefined : parseConfigText(configText);
    return { format: 'keras-hdf5', where: name, ...layers, ...(config && { config }) };
  }
  throw new GraftError(answer.code, answer.parts, { cause: answer.cause });
}

/** HDF5 opens paths only. */
async function readBytes(bytes: Uint8Array, where: string, options: KerasHdf5Options): Promise<WeightFile> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-'));
  try {
    const path = join(folder, 'weights.h5');
    await writeFile(path, bytes);
    return await readKerasHdf5(path, where, options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A thread that waits for the next file: starting one takes longer than most files. */
interface Hdf5Thread {
  readonly worker: Worker;
  /** Files that could not be read. HDF5 may still hold one open, and would take what is written in its place for it. */
  readonly refused: Set<string>;
}

/** What refused files leave behind in the library is thrown away with the thread, now and then. */
const MOST_REFUSED = 256;

let idle: Hdf5Thread | undefined;

async function inThread(request: Hdf5Request, identity: string): Promise<Hdf5Answer> {
  const thread = takeThread(identity);
  const { worker, refused } = thread;
  const mostMs = MOST_MS + (request.fileBytes / 1e6) * MOST_MS_PER_MB;
  const end = new AbortController();
  const ended = { signal: end.signal };
  let isWell = false;
  try {
    worker.ref();
    worker.postMessage(request);
    const answer = await Promise.race([
      once(worker, 'message', ended).then(([message]) => message as Hdf5Answer),
      once(worker, 'exit', ended).then(() => 'breaks down on'),
      setTimeout(mostMs, 'does not come to an end with', ended),
    ]).catch((cause: unknown) => {
      throw brokenFile(request.where, 'an HDF5 file', 'one that HDF5 breaks down on', cause);
    });
    if (typeof answer === 'string') {
      throw brokenFile(request.where, 'an HDF5 file', `one that HDF5 ${answer}`);
    }
    if ('parts' in answer) refused.add(identity);
    isWell = refused.size < MOST_REFUSED && !('parts' in answer && answer.aborted);
    return answer;
  } finally {
    end.abort();
    worker.unref();
    if (isWell && idle === undefined) idle = thread;
    else void worker.terminate();
  }
}

function takeThread(identity: string): Hdf5Thread {
  const waiting = idle;
  idle = undefined;
  if (waiting !== undefined && !waiting.refused.has(identity)) return waiting;
  void waiting?.worker.terminate();
  return { worker: startThread(), refused: new Set() };
}

function startThread(): Worker {
  // From one folder up: in the bundled command line, this file lies in another folder of the same depth.
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('../weights/hdf5-thread.js', import.meta.url));
  }
  // Run from source, as in tests: a thread cannot begin with TypeScript, so it begins with what loads it.
  const program = JSON.stringify(new URL('./hdf5-thread.ts', import.meta.url).href);
  const text = `import('tsx/esm/api').then(({ register }) => { register(); return import(${program}); });`;
  return new Worker(text, { eval: true });
}
