/** @file What was said of a table, as files in a run's folder have it. */

import * as z from 'zod';
import type { CsvOptions } from '../training/csv-image-sets.ts';

type Shape = { [K in keyof CsvOptions]-?: z.ZodOptional<z.ZodType<NonNullable<CsvOptions[K]>>> };

/** Entries that it does not know are dropped; `strict()` refuses them. */
export const csvOptionsSchema: z.ZodObject<Shape> = z
  .object({
    imageFolder: z.string(),
    fileColumn: z.string(),
    targetColumns: z.array(z.string()),
    decimalMark: z.enum(['.', ',']),
    allowMissing: z.boolean(),
    as: z.enum(['images', 'texts']),
    textColumn: z.string(),
  })
  .partial();
