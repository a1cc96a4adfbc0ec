/**
 * @file What a run was told when it began, kept in its folder until it has ended: for going on after a crash. It ends with a
 * checksum, so that no flipped bit makes it another run unnoticed.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { either, isJsonWith, type Proof, removeOwnFile } from '../files/own-files.ts';
import { readPlainText } from '../files/plain-file.ts';
import { writeError, writeWhole } from '../files/write-file.ts';
import { removeCheckpoints } from './checkpoint-folder.ts';

/** Lies in a run's folder from its beginning to its end. */
export const RUN_START = 'run.json';

/** Entries of the file, by the command that wrote it. */
const ENTRIES = {
  train: ['dir', 'recipe', 'strict'],
  tune: ['notes', 'backbone', 'training'],
} as const;

/** What resumes. */
export type StartCommand = keyof typeof ENTRIES;

/** Its document. */
export type StartFile = Readonly<Record<string, unknown>>;

/** Proves the file. */
export const isRunStart: Proof = either(isJsonWith(...ENTRIES.train), isJsonWith(...ENTRIES.tune));

/**
 * Begins a run, in the place of one before it: whose checkpoints go only when nothing can go on from them any more.
 *
 * @throws {GraftError} `file-write`.
 */
export async function beginRun(run: string, start: StartFile): Promise<void> {
  await endRun(run);
  const document = { ...start, sha256: computeHash(start) };
  await writeWhole(join(run, RUN_START), `${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * What an unfinished run was told.
 *
 * @param advice - What to do where the run has ended.
 * @throws {GraftError} `checkpoint`, if there is no such run, it has ended, or another command began it.
 */
export async function readStartFile<T>(
  run: string,
  command: StartCommand,
  schema: z.ZodType<T>,
  advice: string,
): Promise<T> {
  const where = `run folder "${run}"`;
  const text = await readPlainText(join(run, RUN_START)).catch(() => undefined);
  if (text === undefined) {
    throw new GraftError('checkpoint', {
      where,
      expected: 'a run that was begun and has not ended',
      received: `a folder without ${RUN_START}`,
      advice,
    });
  }
  try {
    const { sha256, ...content } = JSON.parse(text) as { readonly sha256?: unknown };
    // Earlier versions wrote none.
    if (sha256 !== undefined && sha256 !== computeHash(content)) throw new Error('another checksum');
    const other = (Object.keys(ENTRIES) as StartCommand[]).find(
      (each) => each !== command && ENTRIES[each].every((entry) => entry in content),
    );
    if (other !== undefined) throw ofOtherCommand(run, command, other);
    return schema.parse(content);
  } catch (cause) {
    if (cause instanceof GraftError) throw cause;
    throw new GraftError(
      'checkpoint',
      {
        where,
        expected: `a ${RUN_START} that can be read`,
        received: 'one that is damaged, or was changed by hand',
        advice: 'Begin the run again.',
      },
      { cause },
    );
  }
}

/**
 * Removes what is needed only to go on. The run has ended as soon as it cannot be gone on with; what a kill leaves after
 * that goes when the folder is touched next.
 *
 * @throws {GraftError} `file-write`, if it cannot be ended.
 */
export async function endRun(run: string): Promise<void> {
  const file = join(run, RUN_START);
  await removeOwnFile(file, isRunStart).catch((cause: unknown) => {
    throw writeError(file, cause);
  });
  await removeCheckpoints(run);
}

function ofOtherCommand(run: string, asked: StartCommand, other: StartCommand): GraftError {
  return new GraftError('checkpoint', {
    where: `run folder "${run}"`,
    expected: `a run of graft ${asked}`,
    received: `one of graft ${other}`,
    advice: `Resume it with graft ${other} --resume ${run}.`,
  });
}

/** Of what the document says, however it is spaced. */
function computeHash(content: object): string {
  return createHash('sha256')
    .update(`graft run\n${JSON.stringify(content)}`)
    .digest('hex');
}
