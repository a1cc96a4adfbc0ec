/**
 * @file Checkpoints of trainings that the browser keeps, in its own file system (OPFS): of each training two files, written in
 * turn, so that the one before is whole whatever ends the page in the middle.
 *
 * A file: `graft`, the version of this layout, then as little-endian uint32 its number, the length of the state, and the CRC-32
 * of all that follows; then the state as JSON, and the weights as a safetensors file.
 */

import CRC32 from 'crc-32';
import * as z from 'zod';
import {
  CHECKPOINT_STATE,
  type CheckpointState,
  decodeState,
  encodeState,
  stateTensors,
  withInfinities,
} from '../artifacts/checkpoint-state.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { FitStateView } from '../core/fit/fit-state.ts';
import type { Checkpoint, RunCheckpoints } from '../core/fit/run-checkpoints.ts';
import { joinBytes } from '../core/tensor/join-bytes.ts';
import { safetensorsParts } from '../core/weights/safetensors.ts';
import { CheckpointTimes } from '../runs/checkpoint-times.ts';
import { type BrowserFile, type BrowserFolder, browser } from './browser.ts';
import { decodesExactly } from './exact-decoding.ts';

/** The folder's name in the browser's file system. All in it is Graft's own. */
const FOLDER = 'graft-checkpoints';
const ENDINGS = ['.0', '.1'] as const;
/** `graft`, and the version of this layout. */
const HEAD = Uint8Array.of(0x67, 0x72, 0x61, 0x66, 0x74, 0, 1, 1);
const [NUMBER_AT, LENGTH_AT, CHECKSUM_AT, STATE_AT] = [8, 12, 16, 20] as const;
/** Pages are closed more often than machines stop. */
const TIMES = { everySeconds: 30, minSeconds: 1 };

/** What is trained on, and who hears of what becomes of the checkpoints. */
export interface StoredCheckpointCalls {
  /** What the examples are, for messages. */
  readonly several: 'images' | 'texts';
  /** Hears of the one that the training goes on from. */
  readonly onResume: (found: Checkpoint) => void;
  /** Hears, once, that the browser gives no room for them: the training goes on without. */
  readonly onFull: () => void;
}

/**
 * The checkpoints of a training, by its name.
 *
 * @returns Undefined where the browser keeps none: in the page itself, in a browser without OPFS, or without the right to store.
 */
export async function openStoredCheckpoints(
  name: string,
  { several, onResume, onFull }: StoredCheckpointCalls,
): Promise<RunCheckpoints | undefined> {
  if (browser.WorkerGlobalScope === undefined) return undefined;
  const folder = await openFolder(true);
  if (folder === undefined) return undefined;
  const times = new CheckpointTimes(TIMES);
  let newest: StoredCheckpoint | undefined;
  let isFull = false;
  return {
    resumes: true,
    async resume(identity) {
      const all = (await Promise.all(ENDINGS.map((ending) => readStored(folder, name, ending)))).filter(
        (each) => each !== undefined,
      );
      newest = all.toSorted((a, b) => b.number - a.number)[0];
      times.begin();
      if (newest === undefined) return undefined;
      if (newest.identity !== versioned(identity)) throw otherTraining(name, several);
      onResume(newest.checkpoint);
      return newest.checkpoint;
    },
    isDue: (atEpochEnd) => times.isDue(atEpochEnd),
    async save(identity, checkpoint) {
      const number = (newest?.number ?? 0) + 1;
      const ending = newest?.ending === ENDINGS[0] ? ENDINGS[1] : ENDINGS[0];
      const bytes = encodeStored(number, versioned(identity), checkpoint);
      try {
        await times.write(() => writeStored(folder, fileName(name, ending), bytes));
        newest = { number, ending, identity: versioned(identity), checkpoint: checkpoint as never };
      } catch {
        if (!isFull) onFull();
        isFull = true;
      }
    },
  };
}

/** Forgets the checkpoints of a training; without a name, those of all. */
export async function removeStoredCheckpoints(name?: string): Promise<void> {
  if (name === undefined) {
    const root = await browser.navigator?.storage?.getDirectory?.();
    await root?.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
    return;
  }
  const folder = await openFolder(false);
  for (const ending of ENDINGS) await folder?.removeEntry(fileName(name, ending)).catch(() => undefined);
}

interface StoredCheckpoint {
  readonly number: number;
  readonly ending: string;
  readonly identity: string;
  readonly checkpoint: Checkpoint;
}

const schema: z.ZodType<CheckpointState & { readonly identity: string }> = z.strictObject({
  identity: z.string(),
  ...CHECKPOINT_STATE,
});

function encodeStored(number: number, identity: string, checkpoint: Checkpoint<FitStateView>): Uint8Array {
  const state = new TextEncoder().encode(
    JSON.stringify({ identity, ...encodeState(checkpoint) }, withInfinities),
  );
  const bytes = joinBytes([
    HEAD,
    new Uint8Array(STATE_AT - HEAD.length),
    state,
    ...[...safetensorsParts(stateTensors(checkpoint.fit))].map((part) => part.slice()),
  ]);
  const view = new DataView(bytes.buffer);
  view.setUint32(NUMBER_AT, number, true);
  view.setUint32(LENGTH_AT, state.length, true);
  view.setInt32(CHECKSUM_AT, checksumOf(bytes), true);
  return bytes;
}

/** Undefined for none, and for one that was cut off. */
async function readStored(
  folder: BrowserFolder,
  name: string,
  ending: string,
): Promise<StoredCheckpoint | undefined> {
  try {
    const bytes = await readFile(await folder.getFileHandle(fileName(name, ending)));
    const view = new DataView(bytes.buffer);
    const isWhole =
      HEAD.every((byte, index) => byte === bytes[index]) &&
      view.getInt32(CHECKSUM_AT, true) === checksumOf(bytes);
    if (!isWhole) return undefined;
    const weightsAt = STATE_AT + view.getUint32(LENGTH_AT, true);
    const text = new TextDecoder().decode(bytes.subarray(STATE_AT, weightsAt));
    const { identity, ...state } = schema.parse(JSON.parse(text));
    const checkpoint = decodeState(state, bytes.slice(weightsAt), fileName(name, ending));
    return { number: view.getUint32(NUMBER_AT, true), ending, identity, checkpoint };
  } catch {
    return undefined;
  }
}

/** Of what stands behind it, and of the numbers before it. */
function checksumOf(bytes: Uint8Array): number {
  return CRC32.buf(bytes.subarray(STATE_AT), CRC32.buf(bytes.subarray(NUMBER_AT, CHECKSUM_AT)));
}

async function readFile(file: BrowserFile): Promise<Uint8Array<ArrayBuffer>> {
  const access = await file.createSyncAccessHandle!();
  try {
    const bytes = new Uint8Array(access.getSize());
    access.read(bytes, { at: 0 });
    return bytes;
  } finally {
    access.close();
  }
}

/** @throws If there is no room. */
async function writeStored(folder: BrowserFolder, name: string, bytes: Uint8Array): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const access = await file.createSyncAccessHandle!();
  try {
    access.truncate(0);
    if (access.write(bytes, { at: 0 }) < bytes.length) throw new Error('full');
    access.flush();
  } finally {
    access.close();
  }
}

async function openFolder(create: boolean): Promise<BrowserFolder | undefined> {
  const root = await browser.navigator?.storage?.getDirectory?.().catch(() => undefined);
  return root?.getDirectoryHandle(FOLDER, { create }).catch(() => undefined);
}

/** Whatever a name has in it. */
function fileName(name: string, ending: string): string {
  return `${encodeURIComponent(name)}${ending}`;
}

/** Another version may compute other bits from the same state, and another decoder gives other pixels. */
function versioned(identity: string): string {
  return `${VERSION}${decodesExactly() ? ' exact' : ''} ${identity}`;
}

function otherTraining(name: string, several: StoredCheckpointCalls['several']): GraftError {
  return new GraftError('checkpoint', {
    where: `checkpoint "${name}"`,
    expected: 'one of this training',
    received: `one of other ${several}, another recipe, network or version of Graft`,
    advice: `Put the ${several} back as they were, or train anew under another name.`,
  });
}
