/** @file Runs the built command line as its user does. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: run npm run build first.');

/** What the commands keep between runs, for the tests of one file. */
const HOME = mkdtempSync(join(tmpdir(), 'graft-home-'));
process.once('exit', () => rmSync(HOME, { recursive: true, force: true }));

export interface CliResult {
  /** Null where a signal ended it. */
  readonly status: number | null;
  /** What ended it; null where it ended by itself, also after Ctrl-C. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. Default: none. */
  readonly input?: string;
  /** Called with everything on standard error so far; may signal the process. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** Called when the process was started, which it may signal when something else tells that it has come so far. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Signals the process this long after its start, if it still runs then. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly afterMs: number };
}

/** Runs `graft ...args` and waits for its end. */
export function graft(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    // By its first line, as a shell runs it; Windows has none.
    const [command, ...before] = process.platform === 'win32' ? [process.execPath, MAIN] : [MAIN];
    const child = spawn(command!, [...before, ...args], {
      cwd: options.cwd,
      env: { ...process.env, GRAFT_HOME: HOME, NO_COLOR: '1', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {}).end(options.input);
    const { kill } = options;
    const timer = kill && setTimeout(() => child.kill(kill.signal), kill.afterMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(stderr, (signal) => child.kill(signal));
    });
    options.onStart?.((signal) => child.kill(signal));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout, stderr });
    });
  });
}
