#!/usr/bin/env -S node --max-semi-space-size=4

/**
 * @file The command `graft`. V8's young generation is kept small: the process does little in JavaScript for long, and by default what is
 * not collected there takes 40 MB, and pixels that hang on it more.
 */

import { outliveReader, reportFailure } from './failure.ts';
import { createProgram } from './program.ts';

outliveReader(process.stdout);
outliveReader(process.stderr);
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
