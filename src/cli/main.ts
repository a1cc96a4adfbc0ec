#!/usr/bin/env -S MALLOC_MMAP_THRESHOLD_=131072 node --max-semi-space-size=4

/**
 * @file The command `graft`. V8's young generation is kept at a quarter of its size: what is not collected there took 25 to 50 MB, and
 * the pixels that hang on it more. And what is large goes back to the system when it is freed: of its own accord, glibc keeps ever larger
 * pieces to itself, which took 40 MB. (Other systems do not know the variable.)
 */

// First: schemas are told as they are made.
import './schema-settings.ts';
import { blockDrawings } from '../node/images/image-loaders.ts';
import { outliveReader, reportFailure } from './failure.ts';
import { createProgram } from './program.ts';

blockDrawings();
outliveReader(process.stdout);
outliveReader(process.stderr);
// Not awaited: what is loaded later imports what this file is joined with, and would wait for its end.
void run(process.argv.slice(2));

async function run(words: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(words);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}
