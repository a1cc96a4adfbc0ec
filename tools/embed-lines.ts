/**
 * @file Vectors of texts by a Hugging Face folder, for comparisons: a text in JSON a line in, a list of numbers a line out.
 *
 *     npx tsx tools/embed-lines.ts FOLDER < texts.jsonl
 */

import { readFileSync } from 'node:fs';
import { modelGraph } from '../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../src/core/runtime/create-session.ts';
import { readHuggingFaceFolder } from '../src/node/text/hugging-face-folder.ts';
import { fitTokens } from '../src/text/modality/long-texts.ts';
import { padIds } from '../src/text/modality/pad-ids.ts';

const { model, tokenizer, maxTokens, notes } = await readHuggingFaceFolder(process.argv[2]!);
for (const note of notes) console.error(note);
const { prefix, suffix } = tokenizer;
const texts = readFileSync(0, 'utf8')
  .split('\n')
  .map((line) => JSON.parse(line) as string);
const ids = texts.map(
  (text) =>
    fitTokens(tokenizer.encode(text, { specialTokens: false }), {
      maxTokens,
      long: 'head',
      prefix,
      suffix,
    })[0]!,
);
const graph = modelGraph(model);
const { data } = (await evaluateGraph(graph, { ids: padIds(ids) }))[graph.outputs[0]!.name]!;
const width = data.length / texts.length;
texts.forEach((_, row) => {
  console.log(JSON.stringify(Array.from(data.slice(row * width, (row + 1) * width) as Float32Array)));
});
