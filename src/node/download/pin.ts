/** @file What is remembered of a file that no published hash vouches for: trusted at its first use, checked from then on. */

import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';

export interface Pin {
  /** Where the file came from, without passwords. */
  readonly url: string;
  /** Of the file, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Whether Graft fetched it, so that it may remove it; else somebody put it there. */
  readonly isFetched: boolean;
  /** Whether it could be read once. From then on no other file is taken in its place. */
  readonly wasRead: boolean;
}

const pinSchema: z.ZodType<Pin> = z.object({
  url: z.string(),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  isFetched: z.boolean(),
  wasRead: z.boolean(),
});

/** The pin of the file at `path`; `undefined` if there is none that can be read. */
export async function readPin(path: string): Promise<Pin | undefined> {
  try {
    return pinSchema.parse(JSON.parse(await readFile(pinPath(path), 'utf8')));
  } catch {
    return undefined;
  }
}

/** @throws The file system's own error. */
export async function writePin(path: string, pin: Pin): Promise<void> {
  const beside = `${pinPath(path)}.${randomUUID()}`;
  try {
    await writeFile(beside, `${JSON.stringify(pin)}\n`);
    await rename(beside, pinPath(path));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
}

export async function removePin(path: string): Promise<void> {
  await rm(pinPath(path), { force: true });
}

/** It outlives the file: what is fetched again has to be the same. */
function pinPath(path: string): string {
  return `${path}.pin.json`;
}
