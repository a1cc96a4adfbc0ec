/** @file A layer of one unit gives the bits of the first column of a layer of two, whose loops are the general ones. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import {
  IDLE_DECAY,
  IDLE_NOTHING,
  IDLE_UPDATE,
  RULE_ADAM,
  RULE_RMSPROP_CENTERED_MOMENTUM,
  RULE_SGD_MOMENTUM,
} from './dense-fields.ts';
import { createDenseKernel } from './dense-kernel.ts';
import type { DenseRule } from './dense-memory.ts';
import { readBias, readKernel } from './dense-weights.ts';

const numbers = { rho: 0.9, epsilon: 1e-3, momentum: 0.8, beta1: 0.9, beta2: 0.99 };
const RULES: Readonly<Record<string, DenseRule>> = {
  adam: { ...numbers, rule: RULE_ADAM, idle: IDLE_UPDATE, slots: ['momentum', 'velocity'], clipValue: 0 },
  'sgd, clipped': {
    ...numbers,
    rule: RULE_SGD_MOMENTUM,
    idle: IDLE_NOTHING,
    slots: ['momentum'],
    clipValue: 0.05,
  },
  rmsprop: {
    ...numbers,
    rule: RULE_RMSPROP_CENTERED_MOMENTUM,
    idle: IDLE_DECAY,
    slots: ['velocity', 'momentum', 'average_gradient'],
    clipValue: 0,
  },
};

interface Shape {
  readonly inputs: number;
  readonly useBias: boolean;
  readonly batches: readonly number[];
}

const SHAPES: readonly Shape[] = [
  { inputs: 512, useBias: true, batches: [32, 32, 20] },
  { inputs: 130, useBias: true, batches: [7, 5, 1] },
  { inputs: 63, useBias: false, batches: [4, 3, 40] },
  // One sample at a time.
  { inputs: 300, useBias: true, batches: [1, 1, 1] },
  { inputs: 64, useBias: true, batches: [33, 2, 8] },
];

/** Weights, slots and logits of some steps: of the first unit. */
async function trained(units: 1 | 2, rule: DenseRule, { inputs, useBias, batches }: Shape) {
  const layer = { inputs, units, useBias, activation: 'linear', kernelDecay: 0.01, biasDecay: 0.02 } as const;
  const kernel = await createDenseKernel({ layers: [layer], rule, threads: 1 });
  onTestFinished(() => kernel.dispose());
  const random = createRandom(5);
  const drawn = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.uniform() - 0.5);
  const columns = (one: Float32Array, other: number): Float32Array =>
    units === 1
      ? one
      : Float32Array.from({ length: 2 * one.length }, (_, i) => (i % 2 === 0 ? one[i / 2]! : other));
  // Some inputs are 0 in some samples, some in all of them.
  const samples = batches.map((size) =>
    drawn(size * inputs).map((value, i) => ((i % inputs) % 9 === 4 || i % 7 === 3 ? 0 : value)),
  );
  kernel.write(0, -1, columns(drawn(inputs), 0.25), useBias ? columns(drawn(1), -0.5) : undefined);
  const first = (values: Float32Array): Float32Array => values.filter((_, i) => i % units === 0);
  const logits: Float32Array[] = [];
  for (const [step, size] of batches.entries()) {
    // A batch that lies there already had its sums begun in the step before.
    if (step !== 1) kernel.input(size).set(samples[step]!);
    logits.push(first((await kernel.forward(size, [])).slice()));
    const gradient = columns(drawn(size), 0.125);
    const next = step === 0 ? batches[1]! : 0;
    if (next > 0) kernel.input(next).set(samples[1]!);
    const rates = [{ learningRate: 0.1, alpha: 0.05 }];
    await kernel.backward(gradient, size, { rates, emaMomentum: 0 }, next);
  }
  logits.push(first((await kernel.forward(batches.at(-1)!)).slice()));
  const state = [-1, ...rule.slots.keys()].flatMap((slot) => {
    const bias = readBias(kernel.memory, 0, slot);
    return [first(readKernel(kernel.memory, 0, slot)), ...(bias === undefined ? [] : [first(bias)])];
  });
  return { logits, state };
}

describe('a layer of one unit', () => {
  it.each(Object.keys(RULES).flatMap((rule) => SHAPES.map((shape) => ({ rule, ...shape }))))(
    'has the bits of one column among others: $rule, $inputs inputs, batches of $batches',
    async (each) => {
      const one = await trained(1, RULES[each.rule]!, each);
      expect(one.logits.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
      expect(one).toEqual(await trained(2, RULES[each.rule]!, each));
    },
  );
});
