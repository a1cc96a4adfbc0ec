/**
 * @file Vectors of texts by a Hugging Face folder, for comparisons: a text in JSON a line in, a list of numbers a line out.
 *
 *     npx tsx tools/embed-lines.ts FOLDER < texts.jsonl
 */

import { readFileSync } from 'node:fs';
import { loadTextBackbone } from '../src/node/text/load-text-backbone.ts';
import { embedTexts } from '../src/text/modality/embed-texts.ts';

const backbone = await loadTextBackbone(process.argv[2]!);
for (const note of backbone.notes) console.error(note);
const texts = readFileSync(0, 'utf8')
  .split('\n')
  .map((line) => JSON.parse(line) as string);
const { data, shape } = await embedTexts(backbone, texts);
const width = shape[1]!;
texts.forEach((_, row) => {
  console.log(JSON.stringify([...data.subarray(row * width, (row + 1) * width)]));
});
