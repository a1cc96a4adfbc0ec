/** @file What every optimizer must keep to, Graft's own and those of a program. */

import { GraphBuilder } from '../core/graph/builder.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { losses } from '../core/losses/losses.ts';
import type { CommonOptions } from '../core/optimizers/define-optimizer.ts';
import { listSlots, type Optimizer } from '../core/optimizers/optimizer.ts';
import { updateWeights } from '../core/optimizers/update-weights.ts';
import { createSession } from '../core/runtime/create-session.ts';
import { findDenseHead } from '../core/steps/dense-head.ts';
import { createDenseStep } from '../core/steps/dense-step.ts';
import { seededDropoutMasks } from '../core/steps/dropout-masks.ts';
import { splitAtFreezeBoundary } from '../core/steps/freeze-boundary.ts';
import { createGraphStep } from '../core/steps/graph-step.ts';
import { oneTensor, type TrainingStep } from '../core/steps/training-step.ts';
import { createRandom } from '../core/tensor/random.ts';
import { floats, scalar, type Tensor, zeros } from '../core/tensor/tensor.ts';
import { broken, requireClose } from './contract-error.ts';

export interface OptimizerCheck {
  /** Steps in which it must come nearer to a minimum. Default 200. */
  readonly steps?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

const SHAPE = [4, 3] as const;

/**
 * Holds an optimizer to its contract: weights and slots keep their shapes; with a learning rate of 0 weights stay; without
 * a gradient they stay finite; it comes nearer to the minimum of a parabola; and where it has a rule for the dense kernel,
 * kernel and operators give the same weights.
 *
 * @param create - What `defineOptimizer` gave.
 * @throws {GraftError} `contract`, with what it does not keep to.
 */
export async function checkOptimizer(
  create: (options?: CommonOptions) => Optimizer,
  { steps = 200, seed = 1 }: OptimizerCheck = {},
): Promise<void> {
  const optimizer = create();
  const where = `contract of optimizer "${optimizer.className}"`;
  const random = createRandom(seed);
  const start = floats(
    SHAPE,
    Float32Array.from({ length: 12 }, () => random.normal()),
  );
  const toCenter = (weight: Float32Array): Float32Array => weight.slice();
  const still = await descend(where, create({ learningRate: 0 }), start, 3, toCenter);
  if (optimizer.weightDecay === 0) {
    const advice = 'Multiply what a weight moves by with the learning rate.';
    requireClose(where, 'weights to stay with a learning rate of 0', still, start.data, EXACT, advice);
  }
  const idle = await descend(where, optimizer, start, 3, (weight) => new Float32Array(weight.length));
  if (!idle.every(Number.isFinite)) {
    const advice = 'Add an epsilon to what is divided by.';
    throw broken(where, 'finite weights where gradients are 0', [...idle].join(', '), advice);
  }
  const moved = await descend(where, optimizer, start, steps, toCenter);
  const [before, after] = [start.data, moved].map((weight) => weight.reduce((sum, w) => sum + w * w, 0));
  if (!(after! < before!)) {
    const advice = 'Subtract the step from the weight; choose a smaller learning rate as the default.';
    throw broken(where, `less than ${before} at a parabola after ${steps} steps`, `${after}`, advice);
  }
  if (optimizer.dense !== undefined) await checkDense(where, optimizer, seed);
}

const EXACT = { atol: 0, rtol: 0 } as const;

/** Weights after some steps. */
async function descend(
  where: string,
  optimizer: Optimizer,
  start: Tensor<'float32'>,
  steps: number,
  gradientAt: (weight: Float32Array) => Float32Array,
): Promise<Float32Array> {
  const builder = new GraphBuilder('update');
  const names = listSlots(optimizer);
  const [updated] = updateWeights(
    builder,
    optimizer,
    [
      {
        weight: builder.input('weight', 'float32', SHAPE),
        gradient: builder.input('gradient', 'float32', SHAPE),
        slots: new Map(names.map((slot) => [slot, builder.input(slot, 'float32', SHAPE)])),
        decays: optimizer.weightDecay > 0,
        rateMultiplier: 1,
      },
    ],
    {
      learningRate: builder.input('learning_rate', 'float32', []),
      iteration: builder.input('iteration', 'float32', []),
    },
  );
  for (const [name, value] of [['weight', updated!.weight!] as const, ...updated!.slots]) {
    if (value === undefined) {
      throw broken(where, `slot "${name}" after an update`, 'none', 'Return every slot from update.');
    }
    if (value.shape.join() !== SHAPE.join()) {
      const advice = 'Keep the shape of the weight: compute element by element.';
      throw broken(where, `"${name}" of shape [${SHAPE.join(', ')}]`, `[${value.shape.join(', ')}]`, advice);
    }
    builder.output(value, `${name}:updated`);
  }
  const session = await createSession(builder.build(), { threads: 1 });
  try {
    let state: Record<string, Tensor> = { weight: start };
    for (const slot of names) state[slot] = zeros('float32', SHAPE);
    for (let step = 1; step <= steps; step++) {
      const feeds: Record<string, Tensor> = {
        ...state,
        gradient: floats(SHAPE, gradientAt(state['weight']!.data as Float32Array)),
        learning_rate: scalar(optimizer.learningRate),
        iteration: scalar(step),
      };
      const wanted = session.inputNames.map((name) => [name, feeds[name]!]);
      const results = await session.run(Object.fromEntries(wanted));
      state = Object.fromEntries(Object.keys(state).map((key) => [key, results[`${key}:updated`]!]));
    }
    return state['weight']!.data as Float32Array;
  } finally {
    await session.dispose();
  }
}

/** Both training steps on a small head. */
async function checkDense(where: string, optimizer: Optimizer, seed: number): Promise<void> {
  const loss = losses.sparseCategoricalCrossentropy();
  const part = () => {
    const x = input({ shape: [7] });
    const hidden = layers.dense({ units: 6, activation: 'relu', name: 'hidden' }).apply(x);
    const output = layers.dense({ units: 3, activation: 'softmax', name: 'end' }).apply(hidden);
    const model = new Functional({ inputs: x, outputs: output });
    model.initialize({ seed });
    return splitAtFreezeBoundary(model);
  };
  const options = () => ({ loss, optimizer, masks: seededDropoutMasks(createRandom(seed)), threads: 1 });
  const graph = await createGraphStep(part(), options());
  const dense = await createDenseStep(findDenseHead(part())!, options());
  try {
    const [wanted, actual] = [
      await weightsAfter(graph, optimizer, seed),
      await weightsAfter(dense, optimizer, seed),
    ];
    for (const [key, numbers] of wanted) {
      const advice =
        'Name the formula that the kernel has under that name, with the same settings, or leave dense out.';
      requireClose(
        where,
        `"${key}" of the dense kernel`,
        actual.get(key)!,
        numbers,
        { atol: 1e-5, rtol: 1e-3 },
        advice,
      );
    }
  } finally {
    await graph.dispose();
    await dense.dispose();
  }
}

async function weightsAfter(
  step: TrainingStep,
  { learningRate }: Optimizer,
  seed: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const random = createRandom(seed).fork('batches');
  for (let index = 0; index < 5; index++) {
    const features = Float32Array.from({ length: 8 * 7 }, () => Math.max(0, random.normal()));
    const targets = Float32Array.from({ length: 8 }, () => random.integer(3));
    await step.run(
      { features: oneTensor(features, 8), targets, sampleWeights: new Float32Array(8).fill(1), size: 8 },
      learningRate,
    );
  }
  return (await step.readState({ slots: false })).weights;
}
