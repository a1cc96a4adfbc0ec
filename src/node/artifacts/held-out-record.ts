/** @file What a run keeps of its model's outputs for held-out examples, so that its report need not ask the model again. */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import { evenPlaces } from '../../core/evaluation/evenly.ts';
import { type ContentHashes, hashAt } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import type { HeldOutExplanation, HeldOutOutputs } from '../../runs/confidence/confidence.ts';

/** Of more held-out examples a report takes so many, evenly. */
export const MAX_REPORTED = 2000;
/** Numbers that are kept, 2 MiB. */
const MAX_NUMBERS = 2 ** 19;

/** As `training.json` has it. */
export interface HeldOutRecord {
  readonly set: 'validation' | 'test';
  /** SHA-256 of the model file that gave them. */
  readonly modelSha256: string;
  /** SHA-256 over the hashes of the examples that a report takes, in their order. */
  readonly examplesSha256: string;
  /** Places, among those, of the examples that could not be read. */
  readonly unreadable: readonly number[];
  /** `[readable, classes]`: the bytes of float32 numbers, little-endian, as base64. */
  readonly values: string;
  /** `[readable]`, likewise. */
  readonly similarities?: string | undefined;
  /** Of some readable ones, by place among them. */
  readonly explanations?: readonly HeldOutExplanation[] | undefined;
}

export const heldOutRecordSchema: z.ZodType<HeldOutRecord> = z.object({
  set: z.enum(['validation', 'test']),
  modelSha256: z.string(),
  examplesSha256: z.string(),
  unreadable: z.array(z.int().nonnegative()),
  values: z.base64(),
  similarities: z.base64().optional(),
  explanations: z
    .array(
      z.object({
        example: z.int().nonnegative(),
        index: z.int().nonnegative(),
        ends: z.array(z.int().positive()),
        scores: z.array(z.number()),
      }),
    )
    .optional(),
});

/** What is kept, as numbers again. */
export interface KeptOutputs {
  /** By place among the examples that a report takes. */
  readonly unreadable: ReadonlySet<number>;
  readonly values: Float32Array;
  readonly similarities: Float32Array | undefined;
  /** By row of the values. */
  readonly explanations: ReadonlyMap<number, HeldOutExplanation>;
}

/**
 * @param samples - All of the set, in their order.
 * @param skipped - Files that could not be read.
 * @param hashes - Of all samples.
 * @returns Undefined, if they are too many numbers, or are not of these samples.
 */
export function heldOutRecord(
  { set, values, similarities, explanations }: HeldOutOutputs,
  about: {
    readonly samples: readonly Sample[];
    readonly skipped: ReadonlySet<string>;
    readonly hashes: ContentHashes;
    readonly width: number;
    readonly modelSha256: string;
  },
): HeldOutRecord | undefined {
  const { samples, skipped, hashes, width, modelSha256 } = about;
  /** By place among the samples, its row; -1 where there is none. */
  let rows = 0;
  const rowOf = samples.map(({ file }) => (skipped.has(file) ? -1 : rows++));
  if (rows * width !== values.length) return undefined;
  const places = evenPlaces(samples.length, MAX_REPORTED);
  const taken = places.filter((place) => rowOf[place]! >= 0).map((place) => rowOf[place]!);
  if (taken.length * width > MAX_NUMBERS) return undefined;
  const kept = new Float32Array(taken.length * width);
  taken.forEach((row, index) => {
    kept.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return {
    set,
    modelSha256,
    examplesSha256: orderedHash(hashes, places),
    unreadable: places.flatMap((place, index) => (rowOf[place]! < 0 ? [index] : [])),
    values: encoded(kept),
    similarities: similarities && encoded(Float32Array.from(taken, (row) => similarities[row]!)),
    explanations: explanations?.flatMap(({ example, ...explanation }) => {
      const place = taken.indexOf(example);
      return place < 0 ? [] : [{ example: place, ...explanation }];
    }),
  };
}

/** @returns Undefined, if it is not whole. @param examples - That a report takes. */
export function keptOutputs(
  record: HeldOutRecord,
  { examples, width }: { readonly examples: number; readonly width: number },
): KeptOutputs | undefined {
  const unreadable = new Set(record.unreadable);
  const rows = examples - unreadable.size;
  const values = decoded(record.values);
  const similarities = record.similarities === undefined ? undefined : decoded(record.similarities);
  const isWhole = values.length === rows * width && (similarities?.length ?? rows) === rows;
  if (!isWhole) return undefined;
  const whole = (record.explanations ?? []).filter(isWholeExplanation);
  const explanations = new Map(whole.map((explanation) => [explanation.example, explanation]));
  return { unreadable, values, similarities, explanations };
}

function isWholeExplanation({ ends, scores }: HeldOutExplanation): boolean {
  return ends.length === scores.length && ends.every((end, piece) => end > (ends[piece - 1] ?? 0));
}

/** One hash over those of some examples, in their order. */
export function orderedHash(hashes: ContentHashes, places: readonly number[]): string {
  const all = createHash('sha256');
  for (const place of places) all.update(hashAt(hashes, place));
  return all.digest('hex');
}

function encoded(numbers: Float32Array): string {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, index) => {
    bytes.writeFloatLE(number, index * 4);
  });
  return bytes.toString('base64');
}

function decoded(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) =>
    bytes.readFloatLE(index * 4),
  );
}
