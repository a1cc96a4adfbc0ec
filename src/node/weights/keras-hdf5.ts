/**
 * @file Reads the weights of Keras 1, 2 and 3 from HDF5 (hdf5-layers.ts), in a thread of its own: HDF5 is a large C
 * library, which a damaged file can leave broken or never returning. The thread is then given up.
 */

import { stat } from 'node:fs/promises';
import { addressSpaceError, isAddressSpaceError } from '../../core/errors/address-space.ts';
import { type ErrorCode, type ErrorParts, GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import type { Hdf5Layers, Hdf5Request } from '../../core/weights/hdf5-layers.ts';
import { hdf5WeightFile } from '../../core/weights/keras-hdf5-format.ts';
import { brokenFile, describeFile, type WeightFile } from '../../core/weights/weight-file.ts';
import type { Hdf5File, ReadHdf5Options } from '../../core/weights/weight-readers.ts';
import { startThread } from '../threads/start-thread.ts';
import { BoundedThread, type Failure } from './bounded-thread.ts';

/** Processor time of the thread: a hundred times what good files take. */
const LIMIT_MS = 6000;
const LIMIT_MS_PER_MB = 200;

/** Names of layers and weights are all that is kept as objects. */
const MAX_HEAP_MB = 256;

/** What the thread answers. */
export type Hdf5Answer =
  | { readonly layers: Hdf5Layers; readonly libraryBytes: number }
  | {
      readonly code: ErrorCode;
      readonly parts: ErrorParts;
      readonly cause: string;
      /** Whether the library gave up altogether. */
      readonly aborted: boolean;
      readonly libraryBytes: number;
    };

/** What the thread is asked. */
export type Hdf5ThreadRequest = Omit<Hdf5Request, 'source'> & {
  /** A path, or the bytes of a whole file. */
  readonly source: string | Uint8Array;
};

/**
 * Reads all weights at once; HDF5 is then closed.
 *
 * @param source - A path, or the bytes of a whole file.
 * @param where - For messages. Default: from the path.
 * @throws {GraftError} As {@link readHdf5InThread}.
 */
export async function readKerasHdf5(
  source: string | Uint8Array,
  where: string = typeof source === 'string' ? describeFile(source) : 'weights',
): Promise<WeightFile> {
  const file = typeof source === 'string' ? { path: source } : { bytes: async () => source };
  return hdf5WeightFile(await readHdf5InThread(file, { where }), where);
}

/**
 * Reads all layers of an HDF5 file, within bounds of memory and of processor time.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if the file is damaged, not of this layout, refers to other files,
 *   or takes more memory or processor time than a file of its size can need; `memory`.
 */
export async function readHdf5InThread(
  file: Hdf5File,
  { where, names, fileBytes, handOver = false }: ReadHdf5Options,
): Promise<Hdf5Layers> {
  const source = 'path' in file ? file.path : await file.bytes();
  const sourceBytes = typeof source === 'string' ? await sizeOfFile(source, where) : source.length;
  const [sent, handedOver] = typeof source === 'string' ? [source, []] : alone(source, handOver);
  const request = { source: sent, sourceBytes, fileBytes: fileBytes ?? sourceBytes, where, names };
  const answer = await inThread(request, handedOver);
  if ('layers' in answer) return answer.layers;
  throw new GraftError(answer.code, answer.parts, { cause: answer.cause });
}

/** Bytes that share no memory with others: those would be sent, too. */
function alone(source: Uint8Array, handOver: boolean): [Uint8Array, ArrayBuffer[]] {
  const isWhole = source.byteLength === source.buffer.byteLength;
  if (handOver && isWhole) return [source, [source.buffer as ArrayBuffer]];
  const copy = new Uint8Array(source);
  return [copy, [copy.buffer]];
}

async function sizeOfFile(path: string, where: string): Promise<number> {
  const status = await stat(path).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      { where, expected: 'a file', received: `no file at "${path}"`, advice: 'Check the path.' },
      { cause },
    );
  });
  return status.size;
}

/** A thread that waits for the next file: starting one takes longer than most files. */
interface Hdf5Thread {
  readonly bounded: BoundedThread;
  /** How many files it could not read. */
  refused: number;
}

/** What refused files leave behind in the library is thrown away with the thread, now and then. */
const MAX_REFUSED = 256;
/** A library's memory never shrinks: what a large file took is given back with the thread. */
const MAX_IDLE_LIBRARY_BYTES = 64 * 2 ** 20;

let idle: Hdf5Thread | undefined;

async function inThread(request: Hdf5ThreadRequest, handedOver: ArrayBuffer[]): Promise<Hdf5Answer> {
  const thread = await takeThread(request.where);
  const limitMs = LIMIT_MS + (request.fileBytes / 1e6) * LIMIT_MS_PER_MB;
  const answer = await thread.bounded.ask<Hdf5Answer>(request, limitMs, handedOver);
  if ('kind' in answer) {
    thread.bounded.end();
    throw failureError(answer, request, limitMs);
  }
  if ('parts' in answer) thread.refused++;
  const aborted = 'parts' in answer && answer.aborted;
  const isWell = thread.refused < MAX_REFUSED && !aborted && answer.libraryBytes <= MAX_IDLE_LIBRARY_BYTES;
  if (isWell && idle === undefined) idle = thread;
  else thread.bounded.end();
  return answer;
}

function failureError(
  failure: Failure,
  { where, fileBytes }: Hdf5ThreadRequest,
  limitMs: number,
): GraftError {
  if (failure.kind === 'broken') {
    return brokenFile(where, 'an HDF5 file', 'one that HDF5 breaks down on', failure.cause);
  }
  return brokenFile(
    where,
    `an HDF5 file that ${(limitMs / 1000).toFixed(0)} s of processor time are enough for, with ${sizeText(fileBytes)}`,
    'one that takes longer',
  );
}

async function takeThread(where: string): Promise<Hdf5Thread> {
  const waiting = idle;
  idle = undefined;
  if (waiting !== undefined) return waiting;
  const worker = startThread(new URL('../weights/hdf5-thread.ts', import.meta.url), {
    // What HDF5 prints when it gives up is for no one, since the error says it: it stays unread in these.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const bounded = new BoundedThread(worker);
  const failure = await bounded.begin();
  if (failure === undefined) return { bounded, refused: 0 };
  bounded.end();
  if (isAddressSpaceError(failure)) throw addressSpaceError(where, failure);
  throw new GraftError('runtime', {
    where,
    expected: 'the HDF5 library to begin',
    received: failure,
    advice: 'Install Graft again: npm install.',
  });
}
