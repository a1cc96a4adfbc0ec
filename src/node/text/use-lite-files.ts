/** @file Universal Sentence Encoder Lite from the installed npm package, without a network. */

import { webcrypto } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import {
  USE_LITE_PACKAGE as PACKAGE,
  readUseLiteNetwork,
  readUseLitePieces,
  requireUseLite,
  USE_LITE_SHARDS as SHARDS,
  USE_LITE_WHERE,
} from '../../text/encoders/use-lite-files.ts';
import type { TextTokenizer } from '../../text/tokenizers/tokenizer.ts';

/** The folder of the package's files, or undefined if it is not installed. */
export function findUseLite(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'dist');
  } catch {
    return undefined;
  }
}

/** Weights that somebody will ask for. */
let begun: { readonly folder: string; readonly reading: ReturnType<typeof readShards> } | undefined;

/** Reads and hashes the weights in other threads, so that they are there when {@link readUseLite} asks for them. */
export function beginReadingUseLite(): void {
  const folder = findUseLite();
  if (folder === undefined) return;
  const reading = readShards(folder);
  // Whoever asks for them hears of it.
  reading.catch(() => {});
  begun = { folder, reading };
}

/**
 * The network with its weights, from the installed package.
 *
 * @throws {GraftError} `file-not-found`, if the package is not installed; `weights`, if its files are others.
 */
export async function readUseLite(folder: string | undefined = findUseLite()): Promise<Functional> {
  const early = begun;
  begun = undefined;
  const reading = early !== undefined && early.folder === folder ? early.reading : readShards(folder);
  // Until it is waited for.
  reading.catch(() => {});
  return readUseLiteNetwork(async (name) =>
    SHARDS.includes(name) ? (await reading).get(name)! : readPinned(folder, name),
  );
}

/** Its tokenizer. @throws {GraftError} As {@link readUseLite}. */
export async function readUseLiteTokenizer(
  folder: string | undefined = findUseLite(),
): Promise<TextTokenizer> {
  return readUseLitePieces((name) => readPinned(folder, name));
}

/**
 * All shards one behind the other in one array: joined later, they would take as much memory again. They are read at once, so that other
 * threads read and hash them while this one makes the tokenizer.
 */
async function readShards(folder: string | undefined): Promise<ReadonlyMap<string, Uint8Array>> {
  const sizes = await Promise.all(
    SHARDS.map(async (name) => (folder === undefined ? 0 : await sizeOf(join(folder, name)))),
  );
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let start = 0;
  const places = sizes.map((size) => {
    start += size;
    return all.subarray(start - size, start);
  });
  return new Map(
    await Promise.all(
      SHARDS.map(async (name, index) => {
        const read = (path: string): Promise<Uint8Array> => readInto(path, places[index]!);
        return [name, await readPinned(folder, name, read)] as const;
      }),
    ),
  );
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function readInto(path: string, place: Uint8Array): Promise<Uint8Array> {
  const file = await open(path);
  try {
    for (let done = 0; done < place.length; ) {
      const { bytesRead } = await file.read(place, done, place.length - done, done);
      if (bytesRead === 0) return place.subarray(0, done);
      done += bytesRead;
    }
    return place;
  } finally {
    await file.close();
  }
}

async function readPinned(
  folder: string | undefined,
  name: string,
  read: (path: string) => Promise<Uint8Array> = readFile,
): Promise<Uint8Array> {
  const bytes = folder === undefined ? undefined : await read(join(folder, name)).catch(() => undefined);
  if (bytes === undefined) {
    throw new GraftError('file-not-found', {
      where: USE_LITE_WHERE,
      expected: `the npm package ${PACKAGE}`,
      received: folder === undefined ? 'none' : `no file "${name}" in "${folder}"`,
      advice: `Install it: npm install ${PACKAGE}@0.2.0.`,
    });
  }
  // In another thread, unlike what `createHash` does.
  const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  requireUseLite(name, hash, `The file was changed or is of another version: npm install ${PACKAGE}@0.2.0.`);
  return bytes;
}
