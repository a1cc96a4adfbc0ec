#!/usr/bin/env node

/** @file The command `graft`. */

import { outliveReader, reportFailure } from './failure.ts';
import { createProgram } from './program.ts';

outliveReader(process.stdout);
outliveReader(process.stderr);
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
