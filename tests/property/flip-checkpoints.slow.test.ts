/** @file A flipped bit of a checkpoint, its manifest or `run.json` never changes a result in silence. At length: tools/flip-checkpoint-bits.ts. */

import { expect, it } from 'vitest';
import { flipCheckpoints } from '../support/flip-checkpoints.ts';
import { temporaryFolder } from '../support/image-folder.ts';

it('is noticed, and ends with the same model or a refusal', async () => {
  const flips = await flipCheckpoints({ folder: await temporaryFolder(), count: 16, seed: 3 });
  expect(flips.filter((flip) => flip.outcome === 'fault')).toEqual([]);
  // What is read is never wrong unnoticed: the same result without a word is that of a flip in the older checkpoint.
  for (const { file, outcome } of flips) {
    const isNewest = file.includes(newestOf(flips.map((flip) => flip.file)));
    expect([file, outcome]).toEqual([
      file,
      file === 'run.json' ? 'refused' : isNewest ? 'older checkpoint' : 'same result',
    ]);
  }
  expect(new Set(flips.map((flip) => flip.outcome)).size).toBe(3);
});

/** Number of the newest of some checkpoints, as their files have it. */
function newestOf(files: readonly string[]): string {
  return files
    .flatMap((file) => /\d{6,}/.exec(file) ?? [])
    .toSorted()
    .at(-1)!;
}
