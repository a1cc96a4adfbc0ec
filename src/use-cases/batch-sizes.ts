/** @file Remembers between runs which batches of images are fastest: a small file beside the feature cache. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { BatchSizes } from '../core/features/batched-session.ts';
import { makeFolder } from '../node/files/make-folder.ts';
import { writeWhole } from '../node/files/write-file.ts';

/** The newest are kept. */
const MAX = 100;

const fileSchema = z.record(z.string(), z.int().positive());

/**
 * A file that cannot be read or written is as good as none: what it says only saves a few slower batches.
 *
 * @param options - `readOnly`: nothing is kept, and no file made.
 */
export function batchSizesIn(
  file: string,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): BatchSizes {
  const readAll = async (): Promise<Record<string, number>> => {
    try {
      return fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return {};
    }
  };
  return {
    read: async (key) => (await readAll())[key],
    async write(key, size) {
      if (readOnly) return;
      const { [key]: _, ...others } = await readAll();
      const kept = [...Object.entries(others), [key, size]].slice(-MAX);
      try {
        await makeFolder(dirname(file));
        await writeWhole(file, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
      } catch {
        // It is found again by the next run.
      }
    },
  };
}
