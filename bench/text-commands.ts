/**
 * @file Accuracy on texts through the built command line: `graft train TRAIN.csv`, then `graft evaluate` on the held-out test.csv of each
 * data set in ../shared/data/text: plain, with n-grams, with few labels a class, with adapters. Few texts are the first N of each class in
 * train.csv in an order that is drawn by the seed.
 *
 *     npx tsx bench/text-commands.ts [--data FOLDER] [--seeds 1,2,3] [CASE ...]
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/core/tensor/random.ts';
import { csvLines } from '../src/node/files/csv-lines.ts';
import { readTexts } from '../src/node/text/text-files.ts';
import { runGraft } from './graft-command.ts';

interface TextCase {
  /** The folder with train.csv and test.csv. */
  readonly data: string;
  /** Texts that are taken of each class; validation is of them. Default all. */
  readonly perClass?: number;
  readonly flags?: readonly string[];
}

const NGRAMS = ['--ngrams', '2'];

const CASES: Readonly<Record<string, TextCase>> = {
  trec6: { data: 'trec6' },
  sst2: { data: 'sst2' },
  banking77: { data: 'banking77' },
  'trec6-ngrams': { data: 'trec6', flags: NGRAMS },
  'sst2-ngrams': { data: 'sst2', flags: NGRAMS },
  'banking77-ngrams': { data: 'banking77', flags: NGRAMS },
  'trec6-32': { data: 'trec6', perClass: 32 },
  'trec6-32-ngrams': { data: 'trec6', perClass: 32, flags: NGRAMS },
  'sst2-1000': { data: 'sst2', perClass: 1000 },
  'sst2-1000-lora': { data: 'sst2', perClass: 1000, flags: ['--lora', '8'] },
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: {
      type: 'string',
      default:
        process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url)),
    },
    seeds: { type: 'string', default: '1' },
  },
});

const work = await mkdtemp(join(tmpdir(), 'graft-text-commands-'));
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(CASES)) {
    const asked = CASES[name];
    if (asked === undefined) throw new Error(`no case "${name}" among ${Object.keys(CASES).join(', ')}`);
    for (const seed of flags.seeds.split(',')) await measure(name, asked, Number(seed));
  }
} finally {
  await rm(work, { recursive: true });
}

async function measure(name: string, asked: TextCase, seed: number): Promise<void> {
  const folder = join(flags.data, 'text', asked.data);
  const whole = join(folder, 'train.csv');
  const train = asked.perClass === undefined ? whole : await fewOf(whole, asked.perClass, seed);
  const home = join(work, 'home');
  const run = join(work, `${name}-${seed}`);
  const more = ['--out', run, '--json', '--seed', String(seed), ...(asked.flags ?? [])];
  const { seconds } = await runGraft(['train', train, ...more], home);
  const { output } = await runGraft(
    ['evaluate', join(run, 'model.onnx'), join(folder, 'test.csv'), '--json'],
    home,
  );
  const { accuracy, examples } = JSON.parse(output) as {
    readonly accuracy: number;
    readonly examples: number;
  };
  console.log(
    `${name}, seed ${seed}: ${(100 * accuracy).toFixed(1)}% of ${examples} texts, trained in ${seconds.toFixed(1)} s`,
  );
}

/** A table with some texts of each class, as bench/text-accuracy.ts chooses them. */
async function fewOf(train: string, count: number, seed: number): Promise<string> {
  const { examples, names } = await readTexts(train);
  const order = createRandom(seed).fork('few').shuffle(Uint32Array.from(examples.keys()));
  const taken = new Map<number, number>();
  const few = Array.from(order, (index) => examples[index]!).filter(({ label }) => {
    const before = taken.get(label) ?? 0;
    taken.set(label, before + 1);
    return before < count;
  });
  const path = join(work, `few-${seed}.csv`);
  await writeFile(
    path,
    csvLines([['text', 'label'], ...few.map(({ text, label }) => [text, names[label]!])]),
  );
  return path;
}
