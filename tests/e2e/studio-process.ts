/** @file A studio of the built command line, and questions to it as its pages ask them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface StudioProcess {
  readonly pid: number;
  /** With the token. */
  readonly address: string;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly cookie: string;
  /** What a page would hear of a question; an answer that is none is thrown. */
  ask(question: string, body: object): Promise<unknown>;
  /** Adds a file to a class. */
  add(className: string, name: string, bytes: Uint8Array): Promise<unknown>;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** As Ctrl-C. */
  close(): Promise<number | null>;
}

/** @param home - Where Graft keeps features. */
export async function startStudioProcess(cwd: string, folder: string, home: string): Promise<StudioProcess> {
  const child = spawn(process.execPath, [MAIN, 'studio', folder, '--no-open'], {
    cwd,
    env: { ...process.env, GRAFT_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const address = await firstLine(child);
  const { origin } = new URL(address);
  const cookie = (await fetch(address)).headers.get('set-cookie')!.split(';')[0]!;
  const post = async (path: string, body: string | FormData): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, { method: 'POST', headers: { cookie, origin }, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    pid: child.pid!,
    address,
    origin,
    cookie,
    ask: (question, body) => post(`/api/${question}`, JSON.stringify(body)),
    add(className, name, bytes) {
      const form = new FormData();
      form.set('className', className);
      form.set('group', name);
      form.append('files', new Blob([new Uint8Array(bytes)]), name);
      return post('/api/add', form);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async close() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let error = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')));
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    child.once('close', () => reject(new Error(`graft studio ended: ${error}`)));
  });
}
