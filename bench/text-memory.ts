/**
 * @file The most memory of `graft train` on 1,000 and on 100,000 texts, and how long it takes, the first time and the second. The texts are
 * sentences of SST-2 (../shared/data/text/sst2) put together anew, so that all differ.
 *
 *     npm run build && npx tsx bench/text-memory.ts [--data FOLDER] [COUNT ...]
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

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: {
      type: 'string',
      default:
        process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url)),
    },
    // What is measured does not depend on how often the head sees the texts.
    epochs: { type: 'string', default: '2' },
  },
});

interface Report {
  readonly peakMemoryBytes: number;
  readonly seconds: { readonly total: number };
}

const { examples } = await readTexts(join(flags.data, 'text/sst2/train.csv'));
const counts = positionals.length > 0 ? positionals.map(Number) : [1000, 100_000];
const work = await mkdtemp(join(tmpdir(), 'graft-text-memory-'));
try {
  const peaks: number[] = [];
  for (const count of counts) {
    const table = join(work, `${count}.csv`);
    await writeFile(table, csvLines([['text', 'label'], ...drawn(count)]));
    for (const time of ['first', 'second']) {
      const out = join(work, `run-${count}-${time}`);
      const args = ['train', table, '--epochs', flags.epochs, '--out', out, '--json'];
      const { output } = await runGraft(args, join(work, 'home'));
      const { peakMemoryBytes: peak, seconds } = JSON.parse(output) as Report;
      if (time === 'first') peaks.push(peak);
      console.log(
        `${count.toLocaleString('en')} texts, ${time} time: peak ${(peak / 1e6).toFixed(0)} MB, ${seconds.total.toFixed(1)} s`,
      );
    }
  }
  if (peaks.length > 1) console.log(`last / first: ${(peaks.at(-1)! / peaks[0]!).toFixed(2)} x`);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** Halves of two sentences of one label each. */
function drawn(count: number): string[][] {
  const random = createRandom(1);
  const byLabel = [0, 1].map((label) => examples.filter((each) => each.label === label));
  return Array.from({ length: count }, (_, index) => {
    const own = byLabel[index % 2]!;
    const [one, other] = [own[random.integer(own.length)]!.text, own[random.integer(own.length)]!.text];
    return [`${one.slice(0, one.length / 2)} ${other.slice(other.length / 2)} ${index}`, String(index % 2)];
  });
}
