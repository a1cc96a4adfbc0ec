import { describe, expect, it, onTestFinished } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { loadKernel } from '../../node/runtime/kernel-files.ts';
import { float16Table } from '../tensor/float16.ts';
import { CONTROL_CURSOR, CONTROL_TASKS, IDLE_NOTHING, RULE_SGD, RULE_SGD_MOMENTUM } from './dense-fields.ts';
import { createDenseKernel, type DenseKernel, type DenseKernelOptions } from './dense-kernel.ts';
import { requireFits } from './dense-plan.ts';
import { kernelPieces, readBias, readKernel } from './dense-weights.ts';

/** Large enough for helpers. */
const LAYER = { inputs: 2000, units: 600, useBias: true, activation: 'linear' } as const;
const RULE = {
  rule: RULE_SGD,
  idle: IDLE_NOTHING,
  slots: [],
  rho: 0,
  epsilon: 0,
  momentum: 0,
  beta1: 0,
  beta2: 0,
  clipValue: 0,
};
const ADVICE =
  'Start training again, from the last checkpoint if there is one; { threads: 1 } needs no helpers.';

async function makeKernel(options: Partial<DenseKernelOptions> = {}): Promise<DenseKernel> {
  const kernel = await createDenseKernel({ layers: [LAYER], rule: RULE, threads: 2, ...options });
  onTestFinished(() => kernel.dispose());
  return kernel;
}

/** A helper that claims one task, then does `then` instead of it. */
const claimThen = (then: string): string => `
  const words = new Int32Array(memory.buffer, control);
  const cursor = new BigUint64Array(memory.buffer, control + ${CONTROL_CURSOR}, 1);
  for (;;) {
    const seen = Atomics.load(cursor, 0);
    if ((seen & 0xffffffffn) >= BigInt(words[${CONTROL_TASKS / 4}])) continue;
    if (Atomics.compareExchange(cursor, 0, seen, seen + 1n) === seen) break;
  }
  ${then}`;

const bytesOf = ({ buffer }: Float32Array): Uint8Array => new Uint8Array(buffer);

async function forwardOften(kernel: DenseKernel): Promise<void> {
  for (let i = 0; i < 500; i++) {
    kernel.input(20).fill(1);
    await kernel.forward(20);
  }
}

describe('dense kernel', () => {
  it('lets small layers and one thread do without helpers', async () => {
    const small = { inputs: 100, units: 10, useBias: true, activation: 'linear' } as const;
    const { threads: _, ...rest } = { threads: 0, layers: [small], rule: RULE };
    const kernel = await createDenseKernel(rest);
    onTestFinished(() => kernel.dispose());
    expect(kernel.threads).toBe(1);
  });

  it('widens every float16 number in place, to the bit', async () => {
    const layer = { inputs: 64, units: 1, useBias: true, activation: 'linear' } as const;
    const kernel = await makeKernel({ layers: [layer], threads: 1, batchSize: 1024 });
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    kernel.inputBits(1024).set(bits);
    kernel.widenInput(1024);
    const isNumber = (value: number): boolean => !Number.isNaN(value);
    const expected = float16Table();
    expect(kernel.input(1024).filter(isNumber)).toEqual(expected.filter(isNumber));
    const isMissing = (value: number): number => Number(Number.isNaN(value));
    expect(kernel.input(1024).map(isMissing)).toEqual(expected.map(isMissing));
  });

  it('gives a large kernel in pieces, which are the whole one after another', async () => {
    const kernel = await makeKernel();
    const numbers = Float32Array.from({ length: 2000 * 600 }, (_, index) => index);
    kernel.write(
      0,
      -1,
      numbers,
      Float32Array.from({ length: 600 }, (_, index) => -index),
    );
    const pieces = [...kernelPieces(kernel.memory, 0, -1)].map(({ length }) => length);
    expect(pieces).toEqual([1747 * 600, 253 * 600]);
    const copied = new Float32Array(2000 * 600);
    let place = 0;
    for (const piece of kernelPieces(kernel.memory, 0, -1)) {
      copied.set(piece, place);
      place += piece.length;
    }
    const differs = (read: Float32Array): number => read.findIndex((number, index) => number !== index);
    expect([differs(copied), differs(readKernel(kernel.memory, 0, -1))]).toEqual([-1, -1]);
    expect(readBias(kernel.memory, 0, -1)!.slice(0, 3)).toEqual(Float32Array.of(-0, -1, -2));
  });

  it('makes room for a larger batch and keeps the weights', async () => {
    const kernel = await makeKernel();
    kernel.write(0, -1, new Float32Array(2000 * 600).fill(0.5), new Float32Array(600).fill(2));
    expect(kernel.memory.capacity).toBe(32);
    kernel.input(200).fill(1);
    expect(kernel.memory.capacity).toBe(200);
    const logits = await kernel.forward(200);
    expect(logits.length).toBe(200 * 600);
    expect(logits.every((logit) => logit === 1002)).toBe(true);
  });

  it('gives sums by the present weights, whenever it is asked', async () => {
    const numbers = { rates: [{ learningRate: 0.5, alpha: 0 }], emaMomentum: 0 };
    const gradient = new Float32Array(3 * 600).fill(1);
    const logits: (number | undefined)[] = [];
    const kernel = await makeKernel();
    kernel.input(3).fill(1);
    for (const next of [3, 0, 3, 3]) {
      logits.push((await kernel.forward(3, []))[0], (await kernel.forward(3, []))[0]);
      await kernel.backward(gradient, 3, numbers, next);
    }
    // Each of 2,001 rows moves by 0.5 times the sum of three samples' gradients.
    expect(logits).toEqual([0, 1, 2, 3].flatMap((steps) => Array(2).fill(0 - 3001.5 * steps)));
  });

  it('makes 0 of small numbers in slots, and of nothing beside them', async () => {
    const kernel = await makeKernel({ rule: { ...RULE, rule: RULE_SGD_MOMENTUM, slots: ['momentum'] } });
    const slot = Float32Array.from({ length: 2000 * 600 }, (_, i) => (i % 3 === 0 ? 1e-31 : (i % 97) + 1));
    kernel.write(0, -1, slot, new Float32Array(600).fill(1e-31));
    kernel.write(0, 0, slot, new Float32Array(600).fill(1e-31));
    await kernel.flushSlots(1e-30);
    const expected = slot.map((number) => (number < 1e-30 ? 0 : number));
    expect(Buffer.compare(bytesOf(readKernel(kernel.memory, 0, 0)), bytesOf(expected))).toBe(0);
    expect(readBias(kernel.memory, 0, 0)!.every((number) => number === 0)).toBe(true);
    expect(Buffer.compare(bytesOf(readKernel(kernel.memory, 0, -1)), bytesOf(slot))).toBe(0);
  });

  it('tells when a helper fails in the middle of a job', async () => {
    const kernel = await makeKernel({ helperBody: claimThen(`throw new Error('out of luck');`) });
    const message = `dense step: expected helper threads that run, received one that failed (out of luck). ${ADVICE}`;
    await expect(forwardOften(kernel)).rejects.toThrow(withMessage(message));
    await expect(kernel.forward(20)).rejects.toThrow(withMessage(message));
  });

  it('tells when a helper stops answering', async () => {
    const kernel = await makeKernel({ helperBody: claimThen('for (;;);'), patienceSeconds: 0.3 });
    await expect(forwardOften(kernel)).rejects.toThrow(
      withMessage(
        `dense step: expected helper threads that run, received one that failed (it stopped answering). ${ADVICE}`,
      ),
    );
  });

  it('tells when a helper is gone between jobs', async () => {
    const kernel = await makeKernel({ helperBody: 'process.exit(3);' });
    const untilItFails = async (): Promise<never> => {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await kernel.forward(20);
      }
    };
    await expect(untilItFails()).rejects.toThrow(
      withMessage(
        `dense step: expected helper threads that run, received one that failed (exit with code 3). ${ADVICE}`,
      ),
    );
  });

  it('tells where it looked for a kernel that was not built', async () => {
    await expect(loadKernel('dense-step', new URL('file:///not/built/'))).rejects.toThrow(
      withMessage(
        'kernel "dense-step": expected a compiled kernel at /not/built/dense-step.wasm, received no such file. ' +
          'Run "node tools/build-kernels.mjs", or install the package again.',
      ),
    );
  });

  it('refuses what 32-bit addresses do not reach, with the sum', () => {
    const layer = { inputs: 100_000, units: 4096, useBias: true };
    expect(() => requireFits([layer], 2, 32, 1e12)).toThrow(
      withMessage(
        'dense step: expected at most 4.29 GB (what the kernel can address), received 4.98 GB: ' +
          '409604096 weights x 3 (with 2 slots) x 4 bytes = 4.92 GB, and 67.5 MB for a batch of 32. ' +
          'Pool the features, use fewer units, or an optimizer with fewer slots.',
      ),
    );
  });
});
