/** @file What a run leaves of its training beside the model, for its report: where the data are, what was wrong, what it cost. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { HASH_BYTES, isHashed } from '../../core/examples/content-hashes.ts';
import type { RecordedTraining } from '../../report/report-data.ts';
import { isJsonWith, type Proof } from '../files/own-files.ts';
import { writeWhole } from '../files/write-file.ts';
import type { CsvOptions } from '../training/csv-image-sets.ts';
import { csvOptionsSchema } from './csv-options-schema.ts';
import { type HeldOutRecord, heldOutRecordSchema } from './held-out-record.ts';

/** Its name in a run's folder. */
export const TRAINING_RECORD = 'training.json';

/** Proves the file. */
export const isTrainingRecord: Proof = isJsonWith('data', 'path', 'seconds', 'peakMemoryBytes');

/** What is recorded, with how the data are read again. */
export interface TrainingRecord extends RecordedTraining {
  /** The folder or table, whole path. */
  readonly path: string;
  /** What was said of a table. */
  readonly csv: CsvOptions;
  /** What the model gives for held-out examples. Earlier versions kept nothing. */
  readonly heldOut?: HeldOutRecord | undefined;
}

/** What no training can come to is no record of one. */
const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

const duplicateGroup = z.object({
  images: z.array(z.object({ file: z.string(), set: z.string(), label: z.string().optional() })),
  differ: z.boolean(),
});

const schema: z.ZodType<TrainingRecord> = z.object({
  data: z.string(),
  path: z.string(),
  csv: csvOptionsSchema,
  dataSha256: z.string().optional(),
  seconds: z.object({ features: seconds, training: seconds, total: seconds }),
  peakMemoryBytes: count,
  parameters: z.object({ total: count, trainable: count }),
  ended: z.enum(['epochs', 'early-stopping', 'interrupted']),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  duplicates: z.object({
    images: count,
    distinct: count,
    differing: count,
    sets: z.array(z.object({ set: z.string(), trained: count })),
    groups: z.array(duplicateGroup),
    near: z.object({ sets: z.array(z.object({ set: z.string(), examples: count })) }).optional(),
  }),
  heldOut: heldOutRecordSchema.optional(),
}) as z.ZodType<TrainingRecord>;

/** @throws {GraftError} `file-write`. */
export async function writeTrainingRecord(run: string, record: TrainingRecord): Promise<void> {
  await writeWhole(join(run, TRAINING_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** @returns Undefined, if a run has none, as earlier versions', or one that cannot be read. */
export async function readTrainingRecord(run: string): Promise<TrainingRecord | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(run, TRAINING_RECORD), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * One hash over those of all examples, whatever their order: the same examples have the same one.
 *
 * @param hashes - `[N, 32]`; zeros are left out.
 */
export function dataHash(hashes: Uint8Array): string {
  const each: string[] = [];
  const bytes = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  for (let index = 0; index < hashes.length / HASH_BYTES; index++) {
    if (isHashed(hashes, index))
      each.push(bytes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES));
  }
  return createHash('sha256').update(each.sort().join('\n')).digest('hex');
}
