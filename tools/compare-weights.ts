/**
 * @file Trains the same runs with two commits and compares the weights bit by bit:
 *
 *     npx tsx tools/compare-weights.ts OLD [NEW] [--only NAME,NAME] [--modules]
 *
 * NEW is the working tree if it is not named. A commit is checked out and built in a temporary folder, with the packages of its lock
 * file; `--modules` takes this folder's packages instead. Exits with 1 if any weight differs. The images have the size that the network takes,
 * so that a changed way of resizing does not count.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import sharp from 'sharp';
import { ModelProtoSchema } from '../src/core/onnx/onnx_pb.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { withBuiltCommits } from './built-commits.ts';

const LINEAR = ['--epochs', '8', '--patience', '0'];

/** Arguments of `graft train`; the first is the data, as {@link drawData} makes it. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  default: ['classes-160', '--size', '160'],
  'book-mobilenet': ['classes-160', '--recipe', 'book-mobilenet', '--epochs', '3'],
  'inception-mixed7': ['classes-150', '--recipe', 'inception-mixed7', '--weights', 'random', '--epochs', '2'],
  unfreeze: [
    'classes-160',
    '--size',
    '160',
    ...LINEAR,
    '--then',
    'unfreeze=block_15_expand,optimizer=rmsprop,lr=1e-4,epochs=3',
  ],
  'multi-label': ['labels-160.csv', '--size', '160', ...LINEAR],
  regression: ['numbers-160.csv', '--size', '160', ...LINEAR],
  clipped: ['classes-160', '--size', '160', ...LINEAR, '--clip', 'global:0.1'],
  int8: ['classes-160', '--size', '160', ...LINEAR, '--precision', 'int8'],
};

interface Trained {
  /** Shape and SHA-256 of each initializer, sorted: names may change. */
  readonly initializers: readonly string[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, modules: { type: 'boolean', default: false } },
  });
  const [oldCommit, newCommit] = positionals;
  if (oldCommit === undefined) throw new Error('Name the commit to compare with.');
  const names = values.only?.split(',') ?? Object.keys(CASES);
  await withBuiltCommits([oldCommit, newCommit], values.modules, async ({ commands, work }) => {
    await drawData(work);
    for (const name of names) {
      const [before, after] = [train(commands[0], work, name, 0), train(commands[1], work, name, 1)];
      report(name, before, after);
    }
  });
}

function report(name: string, before: Trained, after: Trained): void {
  const lost = before.initializers.filter((one) => !after.initializers.includes(one));
  const isSame = lost.length === 0 && before.initializers.length === after.initializers.length;
  const outcome = isSame
    ? `same bits in ${before.initializers.length} tensors`
    : `DIFFERS in ${lost.length} of ${before.initializers.length} tensors: ${lost.slice(0, 4).join('; ')}`;
  console.log(`${name.padEnd(18)} ${outcome}`);
  if (!isSame) process.exitCode = 1;
}

function train(command: string, work: string, name: string, side: number): Trained {
  const out = join(work, `${name}-${side}`);
  const [data, ...args] = CASES[name]!;
  execFileSync(command, ['train', data!, ...args, '--seed', '1', '--out', out, '--no-cache'], {
    cwd: work,
    env: { ...process.env, GRAFT_HOME: join(work, `home-${side}`) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { graph } = fromBinary(ModelProtoSchema, readFileSync(join(out, 'model.onnx')));
  const initializers = graph!.initializer.map((tensor) => {
    const digest = createHash('sha256').update(tensor.rawData).digest('hex').slice(0, 16);
    return `${tensor.dims.join('x')} ${digest}`;
  });
  return { initializers: initializers.toSorted() };
}

/** Images of two classes in both sizes, and CSV files of labels and of numbers for them. */
async function drawData(work: string): Promise<void> {
  for (const sizePx of [150, 160]) {
    const random = createRandom(7).fork(String(sizePx));
    const rows: { file: string; labels: string; value: number }[] = [];
    for (let index = 0; index < 60; index++) {
      const discs = random.integer(6);
      const bars = random.integer(3);
      const color = (): string => `hsl(${random.integer(360)} 70% ${30 + random.integer(40)}%)`;
      const at = (): number => random.integer(sizePx);
      const shapes = [
        ...Array.from(
          { length: discs },
          () => `<circle cx="${at()}" cy="${at()}" r="18" fill="${color()}"/>`,
        ),
        ...Array.from(
          { length: bars },
          () => `<rect x="${at()}" y="${at()}" width="9" height="70" fill="${color()}"/>`,
        ),
      ];
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}"><rect width="100%" height="100%" fill="${color()}"/>${shapes.join('')}</svg>`;
      const png = await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
      const folder = join(`classes-${sizePx}`, discs > 2 ? 'many' : 'few');
      mkdirSync(join(work, folder), { recursive: true });
      const file = join(folder, `${String(index).padStart(3, '0')}.png`);
      writeFileSync(join(work, file), png);
      const labels = [discs > 2 ? 'discs' : '', bars > 0 ? 'bars' : ''].filter(Boolean).join('|');
      rows.push({ file, labels, value: discs + bars / 10 });
    }
    const csv = (head: string, cell: (row: (typeof rows)[number]) => string): string =>
      `${[head, ...rows.map((row) => `${row.file},${cell(row)}`)].join('\n')}\n`;
    writeFileSync(
      join(work, `labels-${sizePx}.csv`),
      csv('file,labels', ({ labels }) => labels),
    );
    writeFileSync(
      join(work, `numbers-${sizePx}.csv`),
      csv('file,value', ({ value }) => String(value)),
    );
  }
}

void main();
