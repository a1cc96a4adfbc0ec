/**
 * @file TensorFlow.js' training step, by WebAssembly in Node, in a process of its own. Started by bench/head-step.ts:
 * `FOLDER BATCH STEPS TFJS_FOLDER`. Runs the first steps of `batches-BATCH.i32` once and prints one line of JSON.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { INPUTS, UNITS } from './head-data.ts';
import type { HeadStepAnswer } from './head-step.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';
import { startTfjs } from './tfjs-backend.ts';

const LEARNING_RATE = 1e-4;
const RHO = 0.9;
const EPSILON = 1e-7;

const [folder = '', batchText, stepsText, tfjsFolder = ''] = process.argv.slice(2);
const [batch, steps] = [Number(batchText), Number(stepsText)];
const { tf } = await startTfjs(tfjsFolder);
const features = readFloats('features.f32');
const labels = readFloats('labels.f32');
const bytes = readFileSync(join(folder, `batches-${batch}.i32`));
const order = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

const kernels = [
  tf.variable(tf.tensor2d(readFloats('kernel-0.f32'), [INPUTS, UNITS])),
  tf.variable(tf.tensor2d(readFloats('kernel-1.f32'), [UNITS, 1])),
] as const;
const biases = [tf.variable(tf.zeros([UNITS])), tf.variable(tf.zeros([1]))] as const;
const optimizer = tf.train.rmsprop(LEARNING_RATE, RHO, 0, EPSILON);

const losses: number[] = [];
const times: number[] = [];
forgetPeak();
for (let start = 0; start < steps * batch; start += batch) {
  const samples = order.subarray(start, start + batch);
  const rows = new Float32Array(batch * INPUTS);
  samples.forEach((sample, row) => {
    rows.set(features.subarray(sample * INPUTS, (sample + 1) * INPUTS), row * INPUTS);
  });
  const targets = Float32Array.from(samples, (sample) => labels[sample]!);
  const started = performance.now();
  const loss = tf.tidy(() => {
    const inputs = tf.tensor2d(rows, [batch, INPUTS]);
    const wanted = tf.tensor2d(targets, [batch, 1]);
    return optimizer.minimize(() => lossOf(inputs, wanted), true)!;
  });
  losses.push((await loss.data())[0]!);
  loss.dispose();
  times.push(performance.now() - started);
}
const answer: HeadStepAnswer = { times, losses, peakBytes: peakBytes() };
process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Binary cross-entropy of logits, of operations that the WebAssembly backend has. */
function lossOf(inputs: Tensor2D, wanted: Tensor2D): Scalar {
  const hidden = tf.relu(tf.add(tf.matMul(inputs, kernels[0] as Tensor2D), biases[0]));
  const logits = tf.add(tf.matMul(hidden, kernels[1] as Tensor2D), biases[1]);
  const small = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  return tf.mean(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, wanted)), small));
}

function readFloats(name: string): Float32Array {
  const content = readFileSync(join(folder, name));
  return new Float32Array(content.buffer, content.byteOffset, content.byteLength / 4);
}
