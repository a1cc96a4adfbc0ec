import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { needs } from '../../../tests/support/needs.ts';
import { hasEnded, type ProcessIdentity, sharesClock, thisProcess } from './process-identity.ts';

const isLinux = process.platform === 'linux';

/** A process of this namespace, as it would name itself. */
async function identityOf(pid: number): Promise<ProcessIdentity> {
  const { started: _, ...self } = thisProcess();
  if (!isLinux) return { ...self, pid };
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return { ...self, pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
}

describe('hasEnded', () => {
  it('says no of one that lives, and yes of one that was ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000_000)']);
    const other = await identityOf(child.pid!);
    expect([hasEnded(thisProcess()), hasEnded(other)]).toEqual([false, false]);
    child.kill('SIGKILL');
    await new Promise((done) => child.on('exit', done));
    expect(hasEnded(other)).toBe(true);
  });

  it('says yes of a zombie', needs.linux, async () => {
    const shell = spawn('bash', ['-c', 'sleep 0.05 & echo $!; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void shell.kill('SIGKILL'));
    const pid = Number(
      await new Promise<string>((done) => shell.stdout.once('data', (text) => done(`${text}`))),
    );
    const other = await identityOf(pid);
    while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) await new Promise(setImmediate);
    expect(hasEnded(other)).toBe(true);
  });

  it('says yes of one whose number a later process has', needs.linux, () => {
    expect(hasEnded({ ...thisProcess(), started: '1' })).toBe(true);
  });

  it('cannot tell of one on another machine, or in another namespace', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const self = thisProcess();
    expect(hasEnded({ host: `not-${self.host}`, pid })).toBeUndefined();
    if (!isLinux) return;
    expect(hasEnded({ ...self, pid, namespace: 'pid:[1]' })).toBeUndefined();
    // Two machines may have one name.
    expect(hasEnded({ ...self, pid, kernel: 'another' })).toBeUndefined();
  });

  it('goes by the machine alone for what an earlier version wrote', () => {
    const { host } = thisProcess();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect([hasEnded({ host, pid }), hasEnded({ host, pid: process.ppid })]).toEqual([true, false]);
  });
});

it('containers of one machine share its clock, machines do not', needs.linux, () => {
  expect(sharesClock({ ...thisProcess(), namespace: 'pid:[1]' })).toBe(true);
  expect([sharesClock({ host: 'a', pid: 1 }), sharesClock({ host: 'a', pid: 1, kernel: 'b' })]).toEqual([
    false,
    false,
  ]);
});
