/**
 * @file What `graft train` takes on texts: SST-2's 6,920 sentences (../shared/data/text/sst2) twice, seconds of the command and of its
 * processor; then the most memory on 1,000 and on 100,000 texts, which are sentences of SST-2 put together anew, so that all differ.
 * With --dry-run, the memory of the plan alone, in which all texts are read, compared and tokenized: the whole training takes an hour.
 *
 *     npm run build && npx tsx bench/text-memory.ts [--data FOLDER] [--rounds N] [--dry-run] [COUNT ...]
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
    // How often the second run is repeated.
    rounds: { type: 'string', default: '3' },
    'dry-run': { type: 'boolean', default: false },
    // What is measured does not depend on how often the head sees the texts.
    epochs: { type: 'string', default: '2' },
  },
});

const sentences = join(flags.data, 'text/sst2/train.csv');
const { examples } = await readTexts(sentences);
const counts = positionals.length > 0 ? positionals.map(Number) : [1000, 100_000];
const work = await mkdtemp(join(tmpdir(), 'graft-text-memory-'));
const home = join(work, 'home');
try {
  for (let round = 0; round <= Number(flags.rounds); round++) {
    const run = join(work, `run-${round}`);
    const { seconds, processorSeconds } = await runGraft(['train', sentences, '--out', run, '--json'], home);
    const time = round === 0 ? 'first time' : 'again';
    console.log(
      `${examples.length.toLocaleString('en')} sentences, ${time}: ${seconds.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processor time`,
    );
  }
  const peaks: number[] = [];
  for (const count of counts) {
    const table = join(work, `${count}.csv`);
    await writeFile(table, csvLines([['text', 'label'], ...drawn(count)]));
    for (const time of flags['dry-run'] ? ['plan'] : ['first', 'second']) {
      const out = join(work, `run-${count}-${time}`);
      const how = flags['dry-run'] ? ['--dry-run'] : ['--epochs', flags.epochs, '--out', out];
      const { peakBytes, seconds } = await runGraft(['train', table, ...how, '--json'], home);
      if (time !== 'second') peaks.push(peakBytes);
      console.log(
        `${count.toLocaleString('en')} texts, ${time}: peak ${(peakBytes / 1e6).toFixed(0)} MB, ${seconds.toFixed(1)} s`,
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
