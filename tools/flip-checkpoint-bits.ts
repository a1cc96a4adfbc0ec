/**
 * @file Flips single bits of what a stopped run left to be resumed from (its checkpoints with their manifests, and `run.json`),
 * resumes it, and counts what came of it:
 *
 *     npx tsx tools/flip-checkpoint-bits.ts [--count 500] [--seed 1]
 *
 * Exits with 1 if a flip changed the result in silence, or anything but a message came of it.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Flip, flipCheckpoints, type Outcome } from '../tests/support/flip-checkpoints.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'graft-flips-'));
  try {
    const flips = await flipCheckpoints({ folder, count: Number(values.count), seed: Number(values.seed) });
    for (const file of new Set(flips.map((flip) => flip.file))) {
      print(
        file,
        flips.filter((flip) => flip.file === file),
      );
    }
    print('all', flips);
    const faults = flips.filter((flip) => flip.outcome === 'fault');
    for (const { file, bit, said } of faults) console.log(`  ${file}, bit ${bit}: ${said}`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function print(name: string, flips: readonly Flip[]): void {
  const count = (outcome: Outcome): string =>
    `${flips.filter((flip) => flip.outcome === outcome).length} ${outcome}`;
  const counts = (['refused', 'older checkpoint', 'same result', 'fault'] as const).map(count);
  console.log(`${name.padEnd(38)} ${flips.length} flips: ${counts.join(', ')}`);
}

void main();
