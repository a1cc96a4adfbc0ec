/**
 * @file The folder of a run's checkpoints: its files' names, and which of them are Graft's to remove. The folder's name is
 * Graft's own, so that a person's `checkpoints/` beside it is never touched.
 */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  beginsWith,
  either,
  isVoid,
  NAME_IS_PROOF,
  type OwnFile,
  removeOwnFile,
  removeOwnFolder,
} from '../files/own-files.ts';
import { unfinishedNames } from '../files/write-file.ts';

/** Checkpoints lie in this folder of a run. */
export const CHECKPOINTS_FOLDER = '.graft-checkpoints';
/** Where earlier versions kept theirs. Nothing is removed there. */
export const FORMER_CHECKPOINTS_FOLDER = 'checkpoints';
/** A checkpoint's files are its name with one of these. */
export const WEIGHTS = '.safetensors';
export const MANIFEST = '.json';

/** The newest, and the one before it in case the newest is damaged. */
const KEPT = 2;

const MANIFEST_NAME = /^\d{6,}\.json$/;
const OWN_FILES: readonly OwnFile[] = [
  { name: MANIFEST_NAME, proof: either(isVoid, beginsWith(/^\{"format":\d+,"sha256":"[0-9a-f]/)) },
  {
    name: /^\d{6,}\.safetensors$/,
    // The length of the header, and the header with the names that a checkpoint's tensors have.
    proof: either(isVoid, beginsWith(/^.{6}\0\0\{"(?:weights\/|slots\/|callback \d+\/)/s)),
  },
  { name: unfinishedNames(/\d{6,}\.(?:json|safetensors)/), proof: NAME_IS_PROOF },
];

/** Removes the checkpoints of a run that has ended. What is not Graft's stays, and the folder with it. */
export async function removeCheckpoints(run: string): Promise<void> {
  await removeOwnFolder(join(run, CHECKPOINTS_FOLDER), OWN_FILES);
}

/** Whether a run has any, whole or not. */
export async function hasCheckpoints(run: string): Promise<boolean> {
  return (await checkpointNumbers(join(run, CHECKPOINTS_FOLDER))).length > 0;
}

/** Bytes of all files in the folder. */
export async function checkpointBytes(run: string): Promise<number> {
  const folder = join(run, CHECKPOINTS_FOLDER);
  let bytes = 0;
  for (const name of await namesIn(folder)) {
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

/** What the names of a checkpoint's files begin with. */
export function checkpointName(number: number): string {
  return String(number).padStart(6, '0');
}

/** Numbers of the checkpoints with a manifest, the newest first. */
export async function checkpointNumbers(folder: string): Promise<number[]> {
  return (await namesIn(folder))
    .filter((name) => MANIFEST_NAME.test(name))
    .map((name) => Number.parseInt(name, 10))
    .toSorted((a, b) => b - a);
}

/** Also weights that never got their manifest, and files that a kill left unfinished. */
export async function removeOlderCheckpoints(folder: string): Promise<void> {
  const kept = (await checkpointNumbers(folder)).slice(0, KEPT);
  for (const name of await namesIn(folder)) {
    if (/^\d/.test(name) && kept.includes(Number.parseInt(name, 10))) continue;
    const own = OWN_FILES.find((each) => each.name.test(name));
    // What cannot be removed is in nobody's way.
    if (own !== undefined) await removeOwnFile(join(folder, name), own.proof).catch(() => false);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
