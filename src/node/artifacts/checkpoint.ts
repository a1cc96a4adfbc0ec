/** @file Checkpoints of a run on disk: weights as safetensors, the rest in a manifest that says what the weights are. */

import { createHash, type Hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeState, encodeState, stateTensors } from '../../artifacts/checkpoint-state.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FitStateView } from '../../core/fit/fit-state.ts';
import type { Checkpoint } from '../../core/fit/run-checkpoints.ts';
import { safetensorsParts } from '../../core/weights/safetensors.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import {
  CHECKPOINTS_FOLDER,
  checkpointName,
  checkpointNumbers,
  FORMER_CHECKPOINTS_FOLDER,
  MANIFEST,
  removeOlderCheckpoints,
  WEIGHTS,
} from './checkpoint-folder.ts';
import {
  CHECKPOINT_FORMAT,
  type CheckpointManifest,
  decodeManifest,
  encodeManifest,
} from './checkpoint-manifest.ts';

/** A checkpoint that is passed over. */
export interface PassedOver {
  readonly reason: 'damaged' | 'of another training';
  /** Whether there is one before it to be taken. */
  readonly hasEarlier: boolean;
}

/**
 * Writes a checkpoint; of those before it, the newest stays.
 *
 * @param run - The run's folder.
 * @param identity - What the run trains, on what, and how: only such a run may go on from it.
 * @throws {GraftError} `file-write`; the checkpoints before it are as they were.
 */
export async function writeCheckpoint(
  run: string,
  identity: string,
  checkpoint: Checkpoint<FitStateView>,
): Promise<void> {
  const folder = join(run, CHECKPOINTS_FOLDER);
  await folderFor(folder);
  const numbers = await checkpointNumbers(folder);
  const name = join(folder, checkpointName((numbers[0] ?? 0) + 1));
  const hash = createHash('sha256');
  await writeWhole(name + WEIGHTS, hashed(safetensorsParts(stateTensors(checkpoint.fit)), hash));
  const manifest: CheckpointManifest = {
    identity,
    weights: { bytes: (await stat(name + WEIGHTS)).size, sha256: hash.digest('hex') },
    ...encodeState(checkpoint),
  };
  // The manifest makes the checkpoint: without it, the weights beside it are nothing.
  await writeWhole(name + MANIFEST, encodeManifest(manifest));
  await removeOlderCheckpoints(folder);
}

/**
 * The newest checkpoint of a run that is whole and of this training; undefined if there is none.
 *
 * @param onPassedOver - Hears of each that is damaged or of another training, where the run goes on without it.
 * @throws {GraftError} `checkpoint`, if all that are whole are of another run than `identity`, or of another format.
 */
export async function readNewestCheckpoint(
  run: string,
  identity: string,
  onPassedOver: (file: string, passed: PassedOver) => void = () => {},
): Promise<Checkpoint | undefined> {
  const folder = join(run, CHECKPOINTS_FOLDER);
  const numbers = await checkpointNumbers(folder);
  if (numbers.length === 0) await refuseFormer(run);
  const passed: { readonly file: string; readonly reason: PassedOver['reason'] }[] = [];
  let refusal: GraftError | undefined;
  let found: Checkpoint | undefined;
  for (const number of numbers) {
    const read = await readCheckpoint(join(folder, checkpointName(number)));
    if (read.kind === 'whole' && read.identity === identity) {
      found = read.checkpoint;
      break;
    }
    if (read.kind === 'other-format') refusal ??= otherFormat(read.file);
    else if (read.kind === 'whole') refusal ??= otherTraining(read.file);
    passed.push({ file: read.file, reason: read.kind === 'damaged' ? 'damaged' : 'of another training' });
  }
  if (found === undefined && refusal !== undefined) throw refusal;
  for (const [index, { file, reason }] of passed.entries()) {
    onPassedOver(file, { reason, hasEarlier: found !== undefined || index < passed.length - 1 });
  }
  return found;
}

type ReadCheckpoint =
  | { readonly kind: 'damaged' | 'other-format'; readonly file: string }
  | {
      readonly kind: 'whole';
      readonly file: string;
      readonly identity: string;
      readonly checkpoint: Checkpoint;
    };

async function readCheckpoint(name: string): Promise<ReadCheckpoint> {
  const file = name + MANIFEST;
  const manifest = await readFile(file).then(decodeManifest, () => 'damaged' as const);
  if (manifest === 'damaged') return { kind: 'damaged', file };
  if (manifest === 'other') return { kind: 'other-format', file };
  try {
    const bytes = await readFile(name + WEIGHTS);
    const { weights } = manifest;
    const isSame =
      bytes.length === weights.bytes && createHash('sha256').update(bytes).digest('hex') === weights.sha256;
    if (!isSame) return { kind: 'damaged', file: name + WEIGHTS };
    return {
      kind: 'whole',
      file,
      identity: manifest.identity,
      checkpoint: decodeState(manifest, bytes, name),
    };
  } catch {
    return { kind: 'damaged', file: name + WEIGHTS };
  }
}

/** Earlier versions kept theirs in a folder that could be a person's, without a checksum over all of them. */
async function refuseFormer(run: string): Promise<void> {
  const folder = join(run, FORMER_CHECKPOINTS_FOLDER);
  const [newest] = await checkpointNumbers(folder);
  if (newest === undefined) return;
  const file = join(folder, checkpointName(newest) + MANIFEST);
  if ((await readFile(file).then(decodeManifest, () => 'damaged')) === 'other') throw otherFormat(file);
}

function otherTraining(file: string): GraftError {
  return new GraftError('checkpoint', {
    where: `checkpoint "${file}"`,
    expected: 'one of this training',
    received: 'one of other examples, another recipe, network or version of Graft',
    advice: 'Put the examples back as they were, or start a new run.',
  });
}

function otherFormat(file: string): GraftError {
  return new GraftError('checkpoint', {
    where: `checkpoint "${file}"`,
    expected: `format ${CHECKPOINT_FORMAT}, which this version writes`,
    received: 'another one',
    advice: 'Go on with the version that began the run, or begin a new one.',
  });
}

/** The parts as they are, hashed as they pass. */
function* hashed(parts: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const part of parts) {
    hash.update(part);
    yield part;
  }
}
