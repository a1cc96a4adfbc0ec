import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '../../core/tensor/hex.ts';
import { runtime } from './runtime.ts';

describe("Node's runtime", () => {
  it('tells what the speed of a session depends on', async () => {
    const { processor, threads, onnxruntime } = await runtime.identity();
    expect([typeof processor, threads]).toEqual(['string', availableParallelism()]);
    expect(onnxruntime).toMatch(/^1\.\d+\.\d+$/);
    expect(await runtime.identity(3)).toEqual({ processor, threads: 3, onnxruntime });
  });

  it('tells of its memory', () => {
    const { present, largest } = runtime.usedBytes();
    expect(present).toBeGreaterThan(0);
    expect(largest).toBeGreaterThanOrEqual(present / 2);
    expect(runtime.totalBytes()).toBeGreaterThan(present);
    expect(runtime.freeBytes()).toBeGreaterThan(0);
  });

  it('makes digests', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(runtime.sha256().update('a').update(new TextEncoder().encode('bc')).hex()).toBe(abc);
    expect(encodeHex(runtime.sha256().update('abc').bytes())).toBe(abc);
  });

  it('lets timers through', async () => {
    let fired = false;
    setTimeout(() => {
      fired = true;
    });
    // How many turns a millisecond has is the machine's; a hang ends with the test's own limit.
    while (!fired) await runtime.nextTurn();
    expect(fired).toBe(true);
  });
});
