/** @file Runs the command line in a process of its own: what it computes is its very result, and a crash of either harms only itself. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built command line, from `dist/studio/server/` and from `dist/node/bundled/`. */
const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** What a page is told of an error is no longer. */
const MAX_ERROR_CHARACTERS = 2000;

export interface GraftEnd {
  /** Null where a signal ended it. */
  readonly status: number | null;
  /** What it said of its failure; empty where it has none. */
  readonly error: string;
}

export interface GraftProcess {
  readonly ended: Promise<GraftEnd>;
  /** As Ctrl-C. */
  interrupt(): void;
  /** At once. */
  kill(): void;
}

/** As the command's first line has them. */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4'];
export const NODE_VARIABLES: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: '131072' };

/** @param onDocument - Hears each line of standard output, which is JSON. */
export function startGraft(
  args: readonly string[],
  cwd: string,
  onDocument: (document: unknown) => void,
): GraftProcess {
  const child: ChildProcess = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
    cwd,
    env: { ...process.env, ...NODE_VARIABLES, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let error = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    error = (error + text).slice(-MAX_ERROR_CHARACTERS);
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const document = parseJson(line);
    if (document !== undefined) onDocument(document);
  });
  const ended = new Promise<GraftEnd>((resolve) => {
    child.once('error', ({ message }) => resolve({ status: 1, error: message }));
    child.once('close', (status) => resolve({ status, error: withoutMark(error) }));
  });
  return { ended, interrupt: () => void child.kill('SIGINT'), kill: () => void child.kill('SIGKILL') };
}

/** As {@link startGraft}, as soon as the words are known; where they are not to be had, it ends with the reason. */
export function startGraftWith(
  words: Promise<readonly string[]>,
  cwd: string,
  onDocument: (document: unknown) => void,
): GraftProcess {
  let process: GraftProcess | undefined;
  let isEnded = false;
  const ended = words.then(
    (args): GraftEnd | Promise<GraftEnd> => {
      // As Ctrl-C.
      if (isEnded) return { status: 130, error: '' };
      process = startGraft(args, cwd, onDocument);
      return process.ended;
    },
    ({ message }: Error) => ({ status: 1, error: message }),
  );
  const end = (how: 'interrupt' | 'kill'): void => {
    isEnded = true;
    process?.[how]();
  };
  return { ended, interrupt: () => end('interrupt'), kill: () => end('kill') };
}

/** Undefined of a line that was cut short, where the process was killed. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The message after `error `, without what was said before it. */
function withoutMark(text: string): string {
  const at = Math.max(text.lastIndexOf('\nerror '), text.startsWith('error ') ? 0 : -1);
  if (at < 0) return text.trim();
  return text
    .slice(at)
    .trim()
    .slice('error '.length)
    .replace(/\s*\n\s*/g, ' ');
}
