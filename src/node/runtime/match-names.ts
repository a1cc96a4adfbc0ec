/** @file What a person's expression finds in file names, with a limit: some expressions need longer than anyone waits. */

import { type Context, createContext, Script } from 'node:vm';
import { GraftError } from '../../core/errors/graft-error.ts';

/** Processor time that an expression may take for one name. */
const LIMIT_MS = 1000;

/** Names that are matched at once. */
const CHUNK = 4096;

/** Shared with the script: where it is, and what it found. */
interface Progress {
  readonly source: string;
  readonly flags: string;
  names: readonly string[];
  next: number;
  found: (string | undefined)[];
}

/** V8 ends a script at a time limit, and nothing else that could hang in an expression. */
const SCRIPT = new Script(`{
  const { progress } = globalThis;
  const { names, found } = progress;
  const pattern = new RegExp(progress.source, progress.flags);
  for (; progress.next < names.length; progress.next++) {
    pattern.lastIndex = 0;
    const match = pattern.exec(names[progress.next]);
    found.push(match ? match[1] ?? match[0] : undefined);
  }
}`);

/**
 * Matches an expression with each of the names.
 *
 * @returns For each name the first capture group if there is one, otherwise the whole match; undefined without a match.
 * @throws {GraftError} `argument`, if the expression takes more than a second of processor time for one name.
 */
export function matchNames(pattern: RegExp, names: readonly string[]): (string | undefined)[] {
  const progress: Progress = {
    source: pattern.source,
    flags: pattern.flags,
    names: [],
    next: 0,
    found: [],
  };
  const context = createContext({ progress });
  const found: (string | undefined)[] = [];
  for (let start = 0; start < names.length; start += CHUNK) {
    progress.names = names.slice(start, start + CHUNK);
    progress.next = 0;
    progress.found = [];
    matchChunk(context, progress);
    for (const one of progress.found) found.push(one);
  }
  return found;
}

/** Goes on as long as names are matched, or the processor was busy with something else. */
function matchChunk(context: Context, progress: Progress): void {
  for (let waitMs = LIMIT_MS; progress.next < progress.names.length; ) {
    const before = progress.next;
    const usage = process.cpuUsage();
    try {
      SCRIPT.runInContext(context, { timeout: waitMs });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
      const isStuck = progress.next === before;
      const { user, system } = process.cpuUsage(usage);
      if (isStuck && (user + system) / 1000 >= LIMIT_MS * 0.9)
        throw stuckError(progress.source, progress.names[before]!, cause);
      waitMs = isStuck ? waitMs * 2 : LIMIT_MS;
    }
  }
}

function stuckError(source: string, name: string, cause: unknown): GraftError {
  return new GraftError(
    'argument',
    {
      where: `group "${source}"`,
      expected: 'an expression that decides on a file name within a second',
      received: `one that does not on "${name}"`,
      advice: 'Repetitions inside repetitions, such as "(a+)+", take that long: write it without them.',
    },
    { cause },
  );
}
