/** @file The program of a thread, as it lies beside the code that starts it: built, or as source. */

import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread.
 *
 * @param program - Its program without the ending. From one folder up (`../text/tokenize-program`): the bundled command line lies in
 *   another folder of the same depth.
 * @param from - `import.meta.url` of the caller.
 */
export function startProgram(program: string, from: string, options: WorkerOptions = {}): Worker {
  // The caller's flags (the kind of a program that is given as text, a loader) are not for this program.
  const own = { execArgv: [], ...options };
  return from.endsWith('.ts')
    ? new Worker(loaderOf(new URL(`${program}.ts`, from)), { ...own, eval: true })
    : new Worker(new URL(`${program}.js`, from), own);
}

/** A program to run from source, as in tests: a thread cannot begin with TypeScript, so it begins with what loads it. */
function loaderOf(program: URL): string {
  const address = JSON.stringify(program.href);
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${address}); });`;
}
