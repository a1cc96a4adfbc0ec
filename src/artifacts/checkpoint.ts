/** @file Checkpoints of a run on disk: weights as safetensors, the rest in a manifest that says what the weights are. */

import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import type { CallbackState, FitState, FitStateView } from '../training/fit-state.ts';
import type { EpochRecord } from '../training/history.ts';
import type { Checkpoint } from '../training/run-checkpoints.ts';
import { type NumbersView, viewOf } from '../training/training-step.ts';
import { type PiecewiseTensor, readSafetensors, safetensorsParts } from '../weights/safetensors.ts';
import { folderFor, UNFINISHED_ENDING, writeWhole } from './write-file.ts';

/** Raised when older checkpoints cannot be gone on with. */
const CHECKPOINT_FORMAT = 2;

/** Checkpoints lie in this folder of a run. */
const FOLDER = 'checkpoints';
const WEIGHTS = '.safetensors';
const MANIFEST = '.json';
/** The newest, and the one before it in case the newest is torn. */
const KEPT = 2;

/** JSON has no infinities, and a figure may be one. */
const figure = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const figures = z.record(z.string(), figure);

const records = z.array(z.strictObject({ epoch: z.int().positive(), logs: figures, seconds: z.number() }));

const manifestSchema = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  identity: z.string(),
  sha256: z.string(),
  phase: z.int().nonnegative(),
  epoch: z.int().positive(),
  soFar: z
    .strictObject({ step: z.int().positive(), loss: z.base64(), metrics: z.array(z.base64()) })
    .nullable(),
  learningRate: figure,
  iteration: z.int().nonnegative(),
  records,
  earlier: z.strictObject({ records, bestEpoch: z.int().nonnegative(), bestValue: figure.nullable() }),
  callbacks: z.array(z.strictObject({ values: figures, iteration: z.int().nullable() }).nullable()),
});
type Manifest = z.output<typeof manifestSchema>;

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
  const { phase, earlier, fit } = checkpoint;
  const folder = join(run, FOLDER);
  await folderFor(folder);
  const numbers = await checkpointNumbers(folder);
  const name = join(folder, String((numbers[0] ?? 0) + 1).padStart(6, '0'));
  const hash = createHash('sha256');
  await writeWhole(name + WEIGHTS, hashed(safetensorsParts(tensorsOf(fit)), hash));
  const { epoch, soFar, learningRate, records, callbacks } = fit;
  const manifest: Manifest = {
    format: CHECKPOINT_FORMAT,
    identity,
    sha256: hash.digest('hex'),
    phase,
    epoch,
    soFar:
      soFar === undefined
        ? null
        : { step: soFar.step, loss: base64Of(soFar.loss), metrics: soFar.metrics.map(base64Of) },
    learningRate,
    iteration: fit.weights.iteration,
    records: copied(records),
    earlier: {
      records: copied(earlier.records),
      bestEpoch: earlier.bestEpoch,
      bestValue: earlier.bestValue ?? null,
    },
    callbacks: callbacks.map((state) =>
      state === undefined
        ? null
        : { values: { ...state.values }, iteration: state.weights?.iteration ?? null },
    ),
  };
  // The manifest makes the checkpoint: without it, the weights beside it are nothing.
  await writeWhole(name + MANIFEST, JSON.stringify(manifest, withInfinities));
  await removeOlder(folder);
}

/**
 * The newest checkpoint of a run that is whole; undefined if there is none.
 *
 * @param onTorn - Hears of each that is damaged and passed over.
 * @throws {GraftError} `checkpoint`, if it is of another run than `identity`.
 */
export async function readNewestCheckpoint(
  run: string,
  identity: string,
  onTorn: (file: string) => void = () => {},
): Promise<Checkpoint | undefined> {
  const folder = join(run, FOLDER);
  for (const number of await checkpointNumbers(folder)) {
    const name = join(folder, String(number).padStart(6, '0'));
    const found = await readCheckpoint(name).catch(() => undefined);
    if (found === undefined && (await isOfOtherFormat(name + MANIFEST))) throw otherFormat(name + MANIFEST);
    if (found === undefined) {
      onTorn(name + MANIFEST);
      continue;
    }
    if (found.identity === identity) return found.checkpoint;
    throw new GraftError('checkpoint', {
      where: `checkpoint "${name}${MANIFEST}"`,
      expected: 'one of this training',
      received: 'one of other pictures, another recipe, network or version of Graft',
      advice: 'Put the pictures back as they were, or start a new run.',
    });
  }
  return undefined;
}

/** Removes the checkpoints of a run that has ended. */
export async function removeCheckpoints(run: string): Promise<void> {
  await rm(join(run, FOLDER), { recursive: true, force: true });
}

async function readCheckpoint(name: string): Promise<{ identity: string; checkpoint: Checkpoint }> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(name + MANIFEST, 'utf8')));
  const bytes = await readFile(name + WEIGHTS);
  if (createHash('sha256').update(bytes).digest('hex') !== manifest.sha256)
    throw new Error('the weights are not those of the manifest');
  const { tensors } = readSafetensors(bytes, name);
  const { phase, epoch, soFar, learningRate, iteration, records, callbacks, earlier } = manifest;
  const part = (prefix: string): Map<string, Float32Array> =>
    new Map(
      [...tensors.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key.slice(prefix.length), tensors.get(key)!.data]),
    );
  const fit: FitState = {
    epoch,
    ...(soFar !== null && {
      soFar: {
        step: soFar.step,
        loss: doublesOf(soFar.loss),
        metrics: soFar.metrics.map(doublesOf),
      },
    }),
    learningRate,
    records,
    callbacks: callbacks.map((state, index): CallbackState | undefined =>
      state === null
        ? undefined
        : {
            values: state.values,
            ...(state.iteration !== null && {
              weights: { iteration: state.iteration, weights: part(`callback ${index}/`), slots: new Map() },
            }),
          },
    ),
    weights: { iteration, weights: part('weights/'), slots: part('slots/') },
  };
  return {
    identity: manifest.identity,
    checkpoint: { phase, earlier: { ...earlier, bestValue: earlier.bestValue ?? undefined }, fit },
  };
}

/** Whether a manifest can be read, but says another format. */
async function isOfOtherFormat(file: string): Promise<boolean> {
  try {
    const { format } = JSON.parse(await readFile(file, 'utf8')) as { format?: unknown };
    return typeof format === 'number' && format !== CHECKPOINT_FORMAT;
  } catch {
    return false;
  }
}

function otherFormat(file: string): GraftError {
  return new GraftError('checkpoint', {
    where: `checkpoint "${file}"`,
    expected: `format ${CHECKPOINT_FORMAT}, which this version writes`,
    received: 'another one',
    advice: 'Go on with the version that began the run, or begin a new one.',
  });
}

function tensorsOf({ weights, callbacks }: FitStateView): Map<string, PiecewiseTensor> {
  const tensors = new Map<string, PiecewiseTensor>();
  const addAll = (prefix: string, numbers: Iterable<readonly [string, NumbersView]>): void => {
    for (const [name, view] of numbers) {
      tensors.set(prefix + name, { shape: [view.length], pieces: () => view.pieces() });
    }
  };
  addAll('weights/', weights.weights);
  addAll('slots/', weights.slots);
  callbacks.forEach((state, index) => {
    const kept = state?.weights?.weights ?? new Map<string, Float32Array>();
    for (const [name, numbers] of kept) addAll(`callback ${index}/`, [[name, viewOf(numbers)]]);
  });
  return tensors;
}

/** Numbers of the checkpoints with a manifest, the newest first. */
async function checkpointNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => b - a);
}

/** Also weights that never got their manifest, and files that a kill left unfinished. */
async function removeOlder(folder: string): Promise<void> {
  const kept = (await checkpointNumbers(folder)).slice(0, KEPT);
  for (const name of await readdir(folder).catch(() => [])) {
    const isOld = /^\d+\./.test(name) && !kept.includes(Number.parseInt(name, 10));
    if (!isOld && !name.endsWith(UNFINISHED_ENDING)) continue;
    // What cannot be removed is in nobody's way.
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** The parts as they are, hashed as they pass. */
function* hashed(parts: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const part of parts) {
    hash.update(part);
    yield part;
  }
}

/** JSON would lose -0, and takes twice the room. */
function base64Of({ buffer, byteOffset, byteLength }: Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** @throws RangeError If it is not of whole numbers. */
function doublesOf(base64: string): Float64Array {
  return new Float64Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

function withInfinities(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function copied(records: readonly EpochRecord[]): Manifest['records'] {
  return records.map((record) => ({ ...record, logs: { ...record.logs } }));
}
