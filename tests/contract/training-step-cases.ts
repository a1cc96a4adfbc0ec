/** @file What both training steps are held to: optimizers, heads, and batches with zeros in them. */

import { onTestFinished } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import type { SymbolicTensor } from '../../src/core/layers/symbolic-tensor.ts';
import type { Loss } from '../../src/core/losses/loss.ts';
import { losses } from '../../src/core/losses/losses.ts';
import type { Optimizer } from '../../src/core/optimizers/optimizer.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { findDenseHead } from '../../src/core/steps/dense-head.ts';
import { createDenseStep } from '../../src/core/steps/dense-step.ts';
import { type DropoutMasks, seededDropoutMasks } from '../../src/core/steps/dropout-masks.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../../src/core/steps/freeze-boundary.ts';
import { createGraphStep } from '../../src/core/steps/graph-step.ts';
import type { RateMultipliers } from '../../src/core/steps/rate-multipliers.ts';
import type { Batch, TrainingStep } from '../../src/core/steps/training-step.ts';
import { createRandom, type Random } from '../../src/core/tensor/random.ts';

export const KINDS = ['graph', 'dense'] as const;
export type Kind = (typeof KINDS)[number];

/** Numbers in a sample's features. */
export const FEATURES = 11;

export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = {
  SGD: optimizers.sgd(),
  'SGD with momentum': optimizers.sgd({ momentum: 0.9 }),
  'SGD with Nesterov momentum': optimizers.sgd({ momentum: 0.9, nesterov: true }),
  RMSprop: optimizers.rmsprop(),
  'RMSprop with momentum': optimizers.rmsprop({ momentum: 0.5 }),
  // At first, v - a^2 is 0.9 g^2 - 0.01 g^2; later differences cancel, and a small epsilon would show rounding only.
  'RMSprop, centered': optimizers.rmsprop({ centered: true, epsilon: 1e-3 }),
  'RMSprop, centered, with momentum': optimizers.rmsprop({ centered: true, momentum: 0.5, epsilon: 1e-3 }),
  Adam: optimizers.adam(),
  AdamW: optimizers.adamW({ weightDecay: 0.1 }),
};

/** What all optimizers can do, in both steps. */
export const OPTIONS: Readonly<Record<string, Optimizer>> = {
  'SGD, clipped by value': optimizers.sgd({ clipValue: 0.01 }),
  'Adam with weight decay, biases spared': optimizers.adam({ weightDecay: 0.2 }),
  'RMSprop with weight decay of all': optimizers.rmsprop({ weightDecay: 0.2, excludeFromWeightDecay: [] }),
  'SGD with averages': optimizers.sgd({ momentum: 0.9, useEma: true, emaMomentum: 0.8 }),
  'RMSprop with averages that overwrite, clipped by value': optimizers.rmsprop({
    clipValue: 0.02,
    useEma: true,
    emaMomentum: 0.8,
    emaOverwriteFrequency: 3,
  }),
};

/** What the graph step alone can do. */
export const GRAPH_OPTIONS: Readonly<Record<string, Optimizer>> = {
  'SGD, clipped by norm': optimizers.sgd({ clipNorm: 0.1 }),
  'Adam, clipped by the global norm': optimizers.adam({ globalClipNorm: 0.1 }),
  'Adam with accumulation': optimizers.adam({ gradientAccumulationSteps: 4 }),
  'SGD with accumulation, averages that overwrite, decay': optimizers.sgd({
    momentum: 0.9,
    weightDecay: 0.1,
    gradientAccumulationSteps: 4,
    useEma: true,
    emaMomentum: 0.8,
    emaOverwriteFrequency: 2,
  }),
};

export interface HeadCase {
  readonly loss: Loss;
  /** Width of the output. */
  readonly outputs: number;
  readonly head: (features: SymbolicTensor) => SymbolicTensor;
}

const dense = layers.dense;

export const HEADS: Readonly<Record<string, HeadCase>> = {
  'one sigmoid on pooled features': {
    loss: losses.binaryCrossentropy(),
    outputs: 1,
    head: (x) => dense({ units: 1, activation: 'sigmoid' }).apply(x),
  },
  'a softmax on pooled features': {
    loss: losses.sparseCategoricalCrossentropy(),
    outputs: 4,
    head: (x) => dense({ units: 4, activation: 'softmax' }).apply(x),
  },
  'Dense, relu, Dropout, Dense': {
    loss: losses.binaryCrossentropy(),
    outputs: 1,
    head: (x) => {
      const hidden = dense({ units: 16, activation: 'relu' }).apply(x);
      return dense({ units: 1, activation: 'sigmoid' }).apply(layers.dropout({ rate: 0.4 }).apply(hidden));
    },
  },
  'several hidden layers, Dropout on the features, smooth labels': {
    loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
    outputs: 3,
    head: (x) => {
      let y = layers.dropout({ rate: 0.2 }).apply(x);
      y = dense({ units: 12, activation: 'tanh' }).apply(y);
      y = dense({ units: 9, activation: 'relu' }).apply(y);
      y = layers.dropout({ rate: 0.3 }).apply(y);
      y = dense({ units: 5, activation: 'sigmoid' }).apply(y);
      return dense({ units: 3, activation: 'softmax' }).apply(y);
    },
  },
  'a Dropout that is frozen': {
    loss: losses.binaryCrossentropy(),
    outputs: 1,
    head: (x) => {
      const hidden = dense({ units: 8, activation: 'relu' }).apply(x);
      const same = layers.dropout({ rate: 0.4, trainable: false }).apply(hidden);
      return dense({ units: 1, activation: 'sigmoid' }).apply(same);
    },
  },
  'layers without bias': {
    loss: losses.binaryCrossentropy(),
    outputs: 1,
    head: (x) => {
      const hidden = dense({ units: 10, activation: 'relu', useBias: false }).apply(x);
      return dense({ units: 1, activation: 'sigmoid', useBias: false }).apply(hidden);
    },
  },
  'activations as layers, several sigmoids': {
    loss: losses.binaryCrossentropy(),
    outputs: 3,
    head: (x) => {
      const hidden = layers.activation({ activation: 'relu' }).apply(dense({ units: 8 }).apply(x));
      return layers.activation({ activation: 'sigmoid' }).apply(dense({ units: 3 }).apply(hidden));
    },
  },
  'one number, squared error': {
    loss: losses.meanSquaredError(),
    outputs: 1,
    head: (x) => dense({ units: 1 }).apply(x),
  },
  'three numbers, absolute error, behind a hidden layer': {
    loss: losses.meanAbsoluteError(),
    outputs: 3,
    head: (x) => dense({ units: 3 }).apply(dense({ units: 8, activation: 'relu' }).apply(x)),
  },
  'two numbers, Huber, Dropout on the features': {
    loss: losses.huber({ delta: 0.5 }),
    outputs: 2,
    head: (x) => dense({ units: 2 }).apply(layers.dropout({ rate: 0.3 }).apply(x)),
  },
};

/** The trained part of a model that is nothing but the head, the same weights every time. */
export function partOf({ head }: Pick<HeadCase, 'head'>, seed = 4): TrainedPart {
  const features = input({ shape: [FEATURES] });
  const model = new Functional({ inputs: features, outputs: head(features), name: 'head' });
  model.initialize({ seed });
  return splitAtFreezeBoundary(model);
}

export interface StepSetup {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly rateMultipliers?: RateMultipliers;
  /** Default: seeded, the same every time. */
  readonly masks?: DropoutMasks;
}

/** Makes a step of either kind that is disposed of when the test ends. */
export async function makeStep(kind: Kind, part: TrainedPart, setup: StepSetup): Promise<TrainingStep> {
  const options = { masks: seededDropoutMasks(createRandom(7)), ...setup, threads: 1 };
  const head = findDenseHead(part);
  if (kind === 'dense' && head === undefined) throw new Error('not a chain of Dense layers');
  const step =
    kind === 'graph' ? await createGraphStep(part, options) : await createDenseStep(head!, options);
  onTestFinished(() => step.dispose());
  return step;
}

/**
 * A batch with weights of samples, and zeros: a third of the columns is zero in the whole batch, of the others half of
 * the numbers, and every fourth sample altogether.
 */
export function makeBatch(random: Random, size: number, { loss, outputs }: HeadCase): Batch {
  const alive = Array.from({ length: FEATURES }, () => random.uniform() > 1 / 3);
  const features = new Float32Array(size * FEATURES);
  for (let i = 0; i < features.length; i++) {
    const isZeroSample = Math.floor(i / FEATURES) % 4 === 3;
    if (alive[i % FEATURES] && !isZeroSample && random.uniform() < 0.5) features[i] = random.normal();
  }
  const targets = new Float32Array(size * (loss.target === 'index' ? 1 : outputs));
  for (let sample = 0; sample < size; sample++) {
    if (loss.target === 'index') targets[sample] = random.integer(outputs);
    else if (loss.activation === 'softmax') targets[sample * outputs + random.integer(outputs)] = 1;
    else if (loss.activation === 'linear')
      for (let k = 0; k < outputs; k++) targets[sample * outputs + k] = random.normal();
    else for (let k = 0; k < outputs; k++) targets[sample * outputs + k] = random.integer(2);
  }
  const sampleWeights = Float32Array.from({ length: size }, () => random.integer(4) / 2);
  return { features, targets, sampleWeights, size };
}

/** Batches of many sizes. */
export function makeBatches(head: HeadCase, seed = 3): Batch[] {
  const random = createRandom(seed);
  return [5, 5, 3, 8, 1, 5, 2, 6, 5, 4, 7, 5, 9, 5, 5, 3].map((size) => makeBatch(random, size, head));
}
