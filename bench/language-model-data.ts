/** @file A language model as large as GPT-2 small, its weights drawn, in the files of transformers; and tokens for it. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../src/core/tensor/random.ts';
import { saveCausalLm } from '../src/node/artifacts/save-causal-lm.ts';
import { gpt2 } from '../src/text/architectures/gpt2.ts';
import { causalLm } from '../src/text/generation/causal-lm.ts';
import { createTokenizer } from '../src/text/tokenizers/tokenizer.ts';
import { benchCacheFolder } from './cache-folder.ts';
import type { Report } from './rounds.ts';

/** The sizes of GPT-2 small: 124 million weights, 498 MB. */
const CONFIG = {
  vocabularySize: 50_257,
  numLayers: 12,
  numHeads: 12,
  hiddenDim: 768,
  intermediateDim: 3072,
  layerNormEpsilon: 1e-5,
  maxSequenceLength: 1024,
};
const SEED = 1;
const SEQUENCES = 16;

/** Tokens of a sequence that are fed; one more foretells the last. */
export const LENGTH = 128;

/** The folder of the model, which is made once. */
export async function languageModelFolder(report: Report): Promise<string> {
  const folder = join(benchCacheFolder(), 'gpt2-small-random');
  if (existsSync(folder)) return folder;
  report(`a model with random weights in ${folder}, once`);
  const making = `${folder}.${process.pid}`;
  mkdirSync(benchCacheFolder(), { recursive: true });
  rmSync(making, { recursive: true, force: true });
  const network = gpt2(CONFIG);
  network.initialize({ seed: SEED });
  // The vocabulary of a small model: what is measured are ids, not texts.
  const file = new URL('../tests/golden/language/gpt2/tokenizer.json', import.meta.url);
  const tokenizer = await createTokenizer(readFileSync(fileURLToPath(file), 'utf8'), 'tokenizer');
  await saveCausalLm(
    causalLm({ network, architecture: { architecture: 'gpt2', config: CONFIG }, tokenizer }),
    making,
  );
  const random = createRandom(SEED).fork('tokens');
  const ids = Int32Array.from({ length: SEQUENCES * (LENGTH + 1) }, () =>
    random.integer(CONFIG.vocabularySize),
  );
  writeFileSync(join(making, 'tokens.i32'), ids);
  renameSync(making, folder);
  return folder;
}

/** Sequences of {@link LENGTH} and one more. */
export function readTokens(folder: string): number[][] {
  const bytes = readFileSync(join(folder, 'tokens.i32'));
  const ids = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return Array.from({ length: SEQUENCES }, (_, row) => [
    ...ids.subarray(row * (LENGTH + 1), (row + 1) * (LENGTH + 1)),
  ]);
}
