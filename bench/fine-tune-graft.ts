/**
 * @file Our graph step through convolutions, in a process of its own. Started by bench/fine-tune.ts:
 * `FOLDER NETWORK BATCH THREADS`. Runs all steps of `batches.i32` once and prints one line of JSON.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { losses as lossFunctions } from '../src/core/losses/losses.ts';
import { optimizers } from '../src/core/optimizers/optimizers.ts';
import { seededDropoutMasks } from '../src/core/steps/dropout-masks.ts';
import { featureShape } from '../src/core/steps/freeze-boundary.ts';
import { createGraphStep } from '../src/core/steps/graph-step.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import type { FineTuneAnswer } from './fine-tune.ts';
import { tunedNetworks, tunedPart } from './fine-tune-data.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';

const LEARNING_RATE = 1e-5;

const [folder = '', id, batchText, threadsText] = process.argv.slice(2);
const [batch, threads] = [Number(batchText), Number(threadsText)];
const part = await tunedPart(tunedNetworks.find((network) => network.id === id)!);
const width = featureShape(part).reduce((a, b) => a * b, 1);
const step = await createGraphStep(part, {
  loss: lossFunctions.binaryCrossentropy(),
  optimizer: optimizers.rmsprop({ learningRate: LEARNING_RATE }),
  masks: seededDropoutMasks(createRandom(1)),
  threads,
});
const features = readFloats('features.f32');
const labels = readFloats('labels.f32');
const bytes = readFileSync(join(folder, 'batches.i32'));
const order = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

const losses: number[] = [];
const times: number[] = [];
const processorTimes: number[] = [];
const sampleWeights = new Float32Array(batch).fill(1);
const inputs = new Float32Array(batch * width);
forgetPeak();
for (let start = 0; start < order.length; start += batch) {
  const samples = order.subarray(start, start + batch);
  samples.forEach((sample, row) => {
    inputs.set(features.subarray(sample * width, (sample + 1) * width), row * width);
  });
  const targets = Float32Array.from(samples, (sample) => labels[sample]!);
  const before = process.cpuUsage();
  const started = performance.now();
  const { loss } = await step.run({ features: inputs, targets, sampleWeights, size: batch }, LEARNING_RATE);
  times.push(performance.now() - started);
  const { user, system } = process.cpuUsage(before);
  processorTimes.push((user + system) / 1e3);
  losses.push(loss);
}
const answer: FineTuneAnswer = { times, processorTimes, losses, peakBytes: peakBytes() };
await step.dispose();
process.stdout.write(`${JSON.stringify(answer)}\n`);

function readFloats(name: string): Float32Array {
  const file = readFileSync(join(folder, name));
  return new Float32Array(file.buffer, file.byteOffset, file.byteLength / 4);
}
