/** @file Writes what a run's report will be told of its training: where the data are, what was wrong, what the model gives for held-out examples. */

import { resolve } from 'node:path';
import type { ContentHashes } from '../core/examples/content-hashes.ts';
import type { Sample } from '../core/examples/sample.ts';
import { type HeldOutRecord, heldOutRecord } from '../node/artifacts/held-out-record.ts';
import type { RunStart } from '../node/artifacts/run-start.ts';
import { dataHash, writeTrainingRecord } from '../node/artifacts/training-record.ts';
import { hashImages } from '../node/images/hash-images.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSample, TextSets } from '../node/training/text-sets.ts';
import type { Task } from '../recipe/task.ts';
import { areTexts } from './gather-examples.ts';
import type { TrainReport } from './train-report.ts';
import type { Trained } from './write-trained.ts';

/** Into the run's folder, beside the model. @throws {GraftError} `file-write`. */
export async function recordTraining(
  { dir, csv }: RunStart,
  sets: ImageSets<Task> | TextSets,
  trained: Trained,
  report: TrainReport & { readonly modelSha256: string },
): Promise<void> {
  const { run, modelSha256, seconds, peakMemoryBytes, parameters, ended, skipped, duplicates } = report;
  await writeTrainingRecord(run, {
    data: dir,
    path: resolve(dir),
    csv,
    dataSha256: dataHash(trained.trainedHashes),
    seconds,
    peakMemoryBytes,
    parameters,
    ended,
    skipped,
    duplicates,
    heldOut: await heldOutOf(sets, trained, modelSha256),
  });
}

/** Undefined where they are too many, or were not measured. */
async function heldOutOf(
  sets: ImageSets<Task> | TextSets,
  { heldOut, skipped }: Trained,
  modelSha256: string,
): Promise<HeldOutRecord | undefined> {
  if (heldOut === undefined) return undefined;
  const samples: readonly Sample[] = sets[heldOut.set] ?? [];
  const hashes = await hashesOf(sets, heldOut.set, samples);
  if (hashes === undefined) return undefined;
  return heldOutRecord(heldOut, {
    samples,
    skipped: new Set(skipped.map(({ file }) => file)),
    hashes,
    width: sets.classNames.length,
    modelSha256,
  });
}

/** Most are known by now. */
async function hashesOf(
  sets: ImageSets<Task> | TextSets,
  set: 'validation' | 'test',
  samples: readonly Sample[],
): Promise<ContentHashes | undefined> {
  const hashes = sets.known?.hashes.get(set);
  if (areTexts(sets)) {
    const { hashTexts } = await import('./text-work.ts');
    return hashTexts(samples as readonly TextSample[], hashes);
  }
  if (hashes !== undefined) await hashImages(samples, 0, samples.length, hashes);
  return hashes;
}
