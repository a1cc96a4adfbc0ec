/** @file What a sweep came to, as pages show it. */

import * as z from 'zod';
import type { SweepSummary } from '../engine/run-state.ts';

const interval = z.tuple([z.number(), z.number()]);
/** What is shown of the document of `graft sweep --json`. */
const schema = z.object({
  rows: z
    .array(
      z.object({
        cut: z.string(),
        head: z.string(),
        optimizer: z.string(),
        learningRate: z.number(),
        validation: z.object({ accuracy: z.number(), interval }),
        parameters: z.object({ trainable: z.number() }),
        seconds: z.number(),
        difference: z.object({ isWorse: z.boolean() }).optional(),
      }),
    )
    .min(1),
  failed: z.array(z.unknown()),
  expected: z.object({ accuracy: z.number(), interval }).optional(),
});

/** In the order of the command line's table. */
const VARIED = [
  ['cut', 'cut'],
  ['head', 'head'],
  ['optimizer', 'optimizer'],
  ['learningRate', 'lr'],
] as const;

/** @param text - Of `sweep.json`. @returns Undefined where it cannot be read. */
export function parseSweep(text: string): SweepSummary | undefined {
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? summaryOf(parsed.data) : undefined;
}

function summaryOf({ rows, failed, expected }: z.infer<typeof schema>): SweepSummary {
  const varied = VARIED.filter(([key]) => new Set(rows.map((row) => row[key])).size > 1);
  return {
    rows: rows.map((row) => ({
      varied: varied.map(([key, name]) => [name, String(row[key])] as const),
      accuracy: row.validation.accuracy,
      interval: row.validation.interval,
      parameters: row.parameters.trainable,
      seconds: row.seconds,
      isWorse: row.difference?.isWorse ?? null,
    })),
    failed: failed.length,
    expected: expected ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
