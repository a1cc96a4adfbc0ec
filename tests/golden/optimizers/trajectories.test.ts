/** @file Twenty steps of every optimizer follow Keras. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import { type OptimizerName, optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { updateWeights } from '../../../src/core/optimizers/update-weights.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import { floats, scalar, type Tensor, zeros } from '../../../src/core/tensor/tensor.ts';
import type { Tolerance } from '../../support/matchers.ts';

interface Trajectory {
  readonly name: OptimizerName;
  readonly options: Readonly<Record<string, number | boolean>>;
  readonly learningRate: number;
  /** After every step. */
  readonly weights: readonly (readonly number[])[];
  /** After the last step. */
  readonly slots: Readonly<Record<string, readonly number[]>>;
}

const fixture = JSON.parse(readFileSync(new URL('trajectories.json', import.meta.url), 'utf8')) as {
  readonly tolerance: Tolerance;
  readonly shape: readonly number[];
  readonly weight: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly trajectories: readonly Trajectory[];
};

const cases = fixture.trajectories.map((each) => [each.name, JSON.stringify(each.options), each] as const);

it.each(cases)('%s %s', async (name, _, trajectory) => {
  const { shape } = fixture;
  const optimizer = optimizers[name](trajectory.options);
  expect(optimizer.learningRate).toBeCloseTo(trajectory.learningRate, 8);
  expect([...optimizer.slots].sort()).toEqual(Object.keys(trajectory.slots).sort());

  const builder = new GraphBuilder('update');
  const weight = {
    weight: builder.input('weight', 'float32', shape),
    gradient: builder.input('gradient', 'float32', shape),
    slots: new Map(optimizer.slots.map((slot) => [slot, builder.input(slot, 'float32', shape)])),
    decays: optimizer.weightDecay > 0,
    rateMultiplier: 1,
  };
  const [updated] = updateWeights(builder, optimizer, [weight], {
    learningRate: builder.input('learning_rate', 'float32', []),
    iteration: builder.input('iteration', 'float32', []),
  });
  builder.output(updated!.weight!, 'weight:updated');
  for (const [slot, value] of updated!.slots) builder.output(value, `${slot}:updated`);
  const session = await createSession(builder.build(), { threads: 1 });
  try {
    let state: Record<string, Tensor> = { weight: floats(shape, fixture.weight) };
    for (const slot of optimizer.slots) state[slot] = zeros('float32', shape);
    for (const [step, gradient] of fixture.gradients.entries()) {
      const results = await session.run({
        ...state,
        gradient: floats(shape, gradient),
        learning_rate: scalar(optimizer.learningRate),
        iteration: scalar(step + 1),
      });
      state = Object.fromEntries(Object.keys(state).map((key) => [key, results[`${key}:updated`]!]));
      expect(state['weight']).toBeAllClose(floats(shape, trajectory.weights[step]!), fixture.tolerance);
    }
    for (const slot of optimizer.slots) {
      expect(state[slot]).toBeAllClose(floats(shape, trajectory.slots[slot]!), fixture.tolerance);
    }
  } finally {
    await session.dispose();
  }
});
