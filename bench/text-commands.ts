/**
 * @file Accuracy on texts through the built command line: `graft train TRAIN.csv`, then `graft evaluate` on the held-out test.csv of each
 * data set in ../shared/data/text, plain, with n-grams, and TREC-6 with 32 labels a class.
 *
 *     npx tsx bench/text-commands.ts [--data FOLDER] [NAME ...]
 */

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/core/tensor/random.ts';
import { csvLines } from '../src/node/files/csv-lines.ts';
import { readTexts } from '../src/node/text/text-files.ts';
import { runGraft } from './graft-command.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: {
      type: 'string',
      default:
        process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url)),
    },
  },
});
const SEED = 1;
/** What is trained on few labels. */
const FEW = { name: 'trec6', labels: 32 } as const;

const folder = join(flags.data, 'text');
const work = await mkdtemp(join(tmpdir(), 'graft-text-commands-'));
try {
  const names = positionals.length > 0 ? positionals : (await readdir(folder)).toSorted();
  for (const name of names) {
    const train = join(folder, name, 'train.csv');
    await measure(name, train, name);
    await measure(`${name} --ngrams 2`, train, name, '--ngrams', '2');
    if (name === FEW.name) await measure(`${name}, ${FEW.labels} labels a class`, await fewOf(train), name);
  }
} finally {
  await rm(work, { recursive: true });
}

async function measure(title: string, train: string, name: string, ...more: string[]): Promise<void> {
  const home = join(work, 'home');
  const run = join(work, title.replaceAll(/\W+/g, '-'));
  const { seconds } = await runGraft(['train', train, '--out', run, '--json', ...more], home);
  const test = join(folder, name, 'test.csv');
  const { output } = await runGraft(['evaluate', join(run, 'model.onnx'), test, '--json'], home);
  const { accuracy, examples } = JSON.parse(output) as {
    readonly accuracy: number;
    readonly examples: number;
  };
  console.log(
    `${title}: ${(100 * accuracy).toFixed(1)}% of ${examples} texts, trained in ${seconds.toFixed(1)} s`,
  );
}

/** A table with some texts of each class, as bench/text-accuracy.ts chooses them. */
async function fewOf(train: string): Promise<string> {
  const { examples, names } = await readTexts(train);
  const order = createRandom(SEED).fork('few').shuffle(Uint32Array.from(examples.keys()));
  const taken = new Map<number, number>();
  const few = Array.from(order, (index) => examples[index]!).filter(({ label }) => {
    const before = taken.get(label) ?? 0;
    taken.set(label, before + 1);
    return before < FEW.labels;
  });
  const path = join(work, 'few.csv');
  await writeFile(
    path,
    csvLines([['text', 'label'], ...few.map(({ text, label }) => [text, names[label]!])]),
  );
  return path;
}
