/**
 * @file Ids of texts by a tokenizer.json, for comparisons: a text in JSON a line in, a list of ids a line out.
 *
 *     npx tsx tools/tokenize-lines.ts tokenizer.json < texts.jsonl
 */

import { readFileSync } from 'node:fs';
import { createTokenizer } from '../src/text/tokenizers/tokenizer.ts';

const path = process.argv[2]!;
const tokenizer = await createTokenizer(readFileSync(path, 'utf8'), `tokenizer "${path}"`);
const lines = readFileSync(0, 'utf8').split('\n');
process.stdout.write(
  lines.map((line) => `${JSON.stringify(tokenizer.encode(JSON.parse(line) as string))}\n`).join(''),
);
