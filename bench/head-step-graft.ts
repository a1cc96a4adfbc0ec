/**
 * @file Our training step, in a process of its own. Started by bench/head-step.ts: `FOLDER BATCH dense|graph THREADS`.
 *
 * Runs all steps of `batches-BATCH.i32` once and prints one line of JSON.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Functional } from '../src/core/layers/functional.ts';
import { input } from '../src/core/layers/input-layer.ts';
import { layers } from '../src/core/layers/layers.ts';
import { losses as lossFunctions } from '../src/core/losses/losses.ts';
import { optimizers } from '../src/core/optimizers/optimizers.ts';
import { findDenseHead } from '../src/core/steps/dense-head.ts';
import { createDenseStep } from '../src/core/steps/dense-step.ts';
import { seededDropoutMasks } from '../src/core/steps/dropout-masks.ts';
import { splitAtFreezeBoundary } from '../src/core/steps/freeze-boundary.ts';
import { createGraphStep } from '../src/core/steps/graph-step.ts';
import type { Batch, TrainingStep } from '../src/core/steps/training-step.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { INPUTS, UNITS } from './head-data.ts';
import type { HeadStepAnswer } from './head-step.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';

const LEARNING_RATE = 1e-4;

const [folder = '', batchText, kind, threadsText] = process.argv.slice(2);
const [batch, threads] = [Number(batchText), Number(threadsText)];
const step = await makeStep();
const features = readFloats('features.f32');
const labels = readFloats('labels.f32');
const bytes = readFileSync(join(folder, `batches-${batch}.i32`));
const order = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

const losses: number[] = [];
const times: number[] = [];
const sampleWeights = new Float32Array(batch).fill(1);
const spare = [new Float32Array(batch * INPUTS), new Float32Array(batch * INPUTS)];
forgetPeak();
let next = batchAt(0);
for (let start = 0; next !== undefined; ) {
  const present: Batch = next;
  start += batch;
  next = batchAt(start);
  const started = performance.now();
  const { loss } = await step.run(present, LEARNING_RATE, next);
  times.push(performance.now() - started);
  losses.push(loss);
}
const answer: HeadStepAnswer = { times, losses, peakBytes: peakBytes() };
await step.dispose();
process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Undefined behind the last one. Good until the next but one is asked for. */
function batchAt(start: number): Batch | undefined {
  const samples = order.subarray(start, start + batch);
  if (samples.length === 0) return undefined;
  const inputs = spare[(start / batch) % spare.length]!;
  samples.forEach((sample, row) => {
    inputs.set(features.subarray(sample * INPUTS, (sample + 1) * INPUTS), row * INPUTS);
  });
  const targets = Float32Array.from(samples, (sample) => labels[sample]!);
  return { features: inputs, targets, sampleWeights, size: batch };
}

/** Flatten is part of the frozen side: the trained part begins with its numbers. */
function makeStep(): Promise<TrainingStep> {
  const start = input({ shape: [INPUTS] });
  const hidden = layers.dense({ units: UNITS, activation: 'relu' }).apply(start);
  const model = new Functional({
    inputs: start,
    outputs: layers.dense({ units: 1, activation: 'sigmoid' }).apply(hidden),
  });
  model.weights
    .filter(({ weight }) => weight.spec.name === 'kernel')
    .forEach(({ weight }, index) => {
      weight.value = readFloats(`kernel-${index}.f32`);
    });
  model.weights
    .filter(({ weight }) => weight.spec.name === 'bias')
    .forEach(({ weight }) => {
      weight.value = new Float32Array(weight.spec.shape[0]!);
    });
  const part = splitAtFreezeBoundary(model);
  const options = {
    loss: lossFunctions.binaryCrossentropy(),
    optimizer: optimizers.rmsprop({ learningRate: LEARNING_RATE }),
    masks: seededDropoutMasks(createRandom(1)),
    threads,
  };
  return kind === 'graph'
    ? createGraphStep(part, options)
    : createDenseStep(findDenseHead(part)!, { ...options, batchSize: batch });
}

function readFloats(name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
