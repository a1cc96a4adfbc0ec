/** @file What a tuning of a language model was told when it began. */

import { resolve } from 'node:path';
import * as z from 'zod';
import { readStartFile, type StartFile } from './start-file.ts';

/** In a run's folder, with whole paths: a run goes on from any working folder. */
export interface TuneStart {
  readonly notes: string;
  readonly backbone: string;
  readonly tokenizer?: string | undefined;
  readonly lora?: number | undefined;
  readonly loraTargets?: readonly string[] | undefined;
  readonly loraFrom?: string | undefined;
  readonly training: TuneSettings;
}

/** What a language model is trained with, where it was said. */
export interface TuneSettings {
  readonly epochs: number;
  readonly batchSize?: number | undefined;
  readonly sequenceLength?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly validationFraction?: number | undefined;
  readonly seed?: number | undefined;
}

const schema: z.ZodType<TuneStart> = z.strictObject({
  notes: z.string(),
  backbone: z.string(),
  tokenizer: z.string().optional(),
  lora: z.int().min(1).optional(),
  loraTargets: z.array(z.string()).optional(),
  loraFrom: z.string().optional(),
  training: z.strictObject({
    epochs: z.int().min(1),
    batchSize: z.int().min(1).optional(),
    sequenceLength: z.int().min(2).optional(),
    learningRate: z.number().positive().optional(),
    validationFraction: z.number().min(0).max(1).optional(),
    seed: z.int().optional(),
  }),
});

/** A run's start as its file holds it. */
export function tuneStart({ notes, backbone, tokenizer, ...others }: TuneStart): StartFile {
  const start = {
    notes: resolve(notes),
    backbone: resolve(backbone),
    tokenizer: tokenizer === undefined ? undefined : resolve(tokenizer),
    ...others,
  };
  // Without what is undefined: the checksum is of what the file holds.
  return JSON.parse(JSON.stringify(start)) as StartFile;
}

/**
 * What an unfinished tuning was told.
 *
 * @throws {GraftError} `checkpoint`, if there is no such run, it has ended, or it is one of `graft train`.
 */
export function readTuneStart(run: string): Promise<TuneStart> {
  const advice = 'A run that has ended is a model: train it on with graft tune NOTES --backbone RUN.';
  return readStartFile(run, 'tune', schema, advice);
}
