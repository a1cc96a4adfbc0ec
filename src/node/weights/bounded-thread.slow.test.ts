import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { BoundedThread, ownThread } from './bounded-thread.ts';

const LIMIT_MS = 200;

/** A thread that does `work` for every request. */
async function threadThat(work: string, { knowsItself = true } = {}): Promise<BoundedThread> {
  const program = `
    const { readlinkSync } = require('node:fs');
    const { parentPort } = require('node:worker_threads');
    const name = () => readlinkSync('/proc/thread-self').split('/').at(-1);
    let thread;
    try { thread = ${knowsItself} ? name() : undefined; } catch {}
    parentPort.on('message', (request) => { ${work} parentPort.postMessage({ request }); });
    parentPort.postMessage({ thread });
  `;
  const thread = new BoundedThread(new Worker(program, { eval: true, execArgv: [] }));
  expect(await thread.begin()).toBeUndefined();
  return thread;
}

describe('BoundedThread', () => {
  it('lets a thread take any time on the clock, as on a machine that is busy with other things', async () => {
    const waits = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${8 * LIMIT_MS});`;
    const thread = await threadThat(waits);
    expect(await thread.ask('a', LIMIT_MS)).toEqual({ request: 'a' });
    thread.end();
  });

  it.each([true, false])(
    'gives up a thread that works without end, its own time known: %s',
    async (knowsItself) => {
      const thread = await threadThat('for (;;);', { knowsItself });
      expect(await thread.ask('a', LIMIT_MS)).toEqual({ kind: 'time' });
      thread.end();
    },
  );

  it('counts each request anew', async () => {
    const thread = await threadThat('const end = Date.now() + 150; while (Date.now() < end);');
    for (let i = 0; i < 4; i++) expect(await thread.ask(i, 10 * LIMIT_MS)).toEqual({ request: i });
    thread.end();
  });

  it('says what a thread ended with', async () => {
    const throws = await threadThat('throw new Error("cannot");');
    expect(await throws.ask('a', LIMIT_MS)).toEqual({
      kind: 'broken',
      cause: expect.objectContaining({ message: 'cannot' }),
    });
    const exits = await threadThat('process.exit(3);');
    expect(await exits.ask('a', LIMIT_MS)).toEqual({ kind: 'broken', cause: 'exit with code 3' });
  });

  it('says why a thread cannot begin', async () => {
    const program = `require('node:worker_threads').parentPort.postMessage({ failure: 'no library' })`;
    const told = new BoundedThread(new Worker(program, { eval: true, execArgv: [] }));
    expect(await told.begin()).toBe('no library');
    const silent = new BoundedThread(new Worker('process.exit(2)', { eval: true, execArgv: [] }));
    expect(await silent.begin()).toBe('exit with code 2');
  });
});

describe('ownThread', () => {
  it('is what the system calls it, where it tells', () => {
    expect(ownThread(() => '12/task/34')).toBe('34');
    expect(ownThread(() => 'nothing')).toBeUndefined();
    expect(
      ownThread(() => {
        throw new Error('no /proc');
      }),
    ).toBeUndefined();
  });
});
