/** @file Starts a thread on a program of Graft's own, from source as from the package. */

import { Worker, type WorkerOptions } from 'node:worker_threads';

/** How a thread starts. */
export type ThreadOptions = Omit<WorkerOptions, 'execArgv' | 'eval'>;

/**
 * Starts a thread.
 *
 * @param program - The address of its source, by its room (`../text/PROGRAM.ts`): the bundled command line lies in another folder of the same
 *   depth. Of the package, the JavaScript there is taken.
 */
export function startThread(program: URL, options: ThreadOptions = {}): Worker {
  // The caller's flags (the kind of a program that is given as text, a loader) are not for this program.
  const own = { ...options, execArgv: [] };
  return import.meta.url.endsWith('.ts')
    ? new Worker(loaderOf(program), { ...own, eval: true })
    : new Worker(new URL(program.href.replace(/\.ts$/, '.js')), own);
}

/** A thread cannot begin with TypeScript, so it begins with what loads it, as in tests. */
function loaderOf(program: URL): string {
  const address = JSON.stringify(program.href);
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${address}); });`;
}
