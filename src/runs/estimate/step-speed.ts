/** @file How fast training steps will be: the step itself where it is a small one, else a smaller one like it. */

import type { TensorSpec } from '../../core/examples/tensor-spec.ts';
import { USUAL_POSITIONS } from '../../core/features/row-layout.ts';
import { predictBatch } from '../../core/fit/measure.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Lowered } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import type { Loss } from '../../core/losses/loss.ts';
import { listSlots, type Optimizer } from '../../core/optimizers/optimizer.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { findDenseHead } from '../../core/steps/dense-head.ts';
import { graphStepNeededFor } from '../../core/steps/dense-rule.ts';
import { createDenseStep, type DenseHead } from '../../core/steps/dense-step.ts';
import { seededDropoutMasks } from '../../core/steps/dropout-masks.ts';
import { boundarySpecs, countTrained, type TrainedPart } from '../../core/steps/freeze-boundary.ts';
import { oneTensor } from '../../core/steps/training-step.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { computeSize, type Tensor, tensor, zeros } from '../../core/tensor/tensor.ts';
import { countWeights, narrowed } from './narrow-head.ts';

export interface StepSpeedOptions extends RuntimeOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly threads?: number | undefined;
  /** Features of some images, `[n, width]`: zeros in them make the step faster. Empty where none are known. */
  readonly features: Float32Array;
  /** The longest sequence that the network takes, where it takes sequences. */
  readonly maxPositions?: number | undefined;
}

export interface StepSpeed {
  /** Seconds. */
  readonly step: number;
  /** Seconds of an image in validation. */
  readonly predict: number;
  /** What a step holds for its batch, beside weights and slots: about. */
  readonly bytes: number;
}

/** A step is repeated until this is over, and at least twice. */
const REPEAT_MS = 20;
const MAX_REPEATS = 50;
/** What a pass may take that is measured. */
const PASS_SECONDS = 0.15;
/**
 * Forward and backward pass against the forward pass alone, for networks that are trained as a graph.
 * Measured: {@link measureGraph}.
 */
const BACKWARD = 4;
/** Of the values of the forward pass: they are kept for the backward pass, with its gradients beside them. */
const KEPT = 1.6;

/** Measures the step that `chooseStep` would take. */
export async function measureStep(part: TrainedPart, options: StepSpeedOptions): Promise<StepSpeed> {
  const head = graphStepNeededFor(options.optimizer) === undefined ? findDenseHead(part) : undefined;
  return head === undefined ? measureGraph(part, options) : measureDense(head, options);
}

async function measureDense(head: DenseHead, options: StepSpeedOptions): Promise<StepSpeed> {
  const { loss, optimizer, batchSize, threads, runtime } = options;
  const narrow = narrowed(head);
  const factor = countWeights(head) / countWeights(narrow);
  const step = await createDenseStep(narrow, {
    loss,
    optimizer,
    masks: seededDropoutMasks(createRandom(0)),
    batchSize,
    threads,
    runtime,
  });
  try {
    const features = repeated(options.features, batchSize * head.inputs);
    const outputs = narrow.layers.at(-1)!.units;
    const targets = new Float32Array(batchSize * (loss.target === 'index' ? 1 : outputs));
    const sampleWeights = new Float32Array(batchSize).fill(1);
    const batch = { features: oneTensor(features, batchSize), targets, sampleWeights, size: batchSize };
    const seconds = await repeatedly(() => step.run(batch, optimizer.learningRate));
    const images = predictBatch(head.inputs);
    const many = oneTensor(repeated(options.features, images * head.inputs), images);
    const predicting = await repeatedly(() => step.predict(many, images));
    return { step: seconds * factor, predict: (predicting * factor) / images, bytes: 0 };
  } finally {
    await step.dispose();
  }
}

/** A forward pass, from which the rest follows: to emit the gradient and load it takes longer than a few steps. */
async function measureGraph(part: TrainedPart, options: StepSpeedOptions): Promise<StepSpeed> {
  const { optimizer, batchSize, threads, runtime } = options;
  const specs = boundarySpecs(part);
  const builder = new GraphBuilder('forward');
  const given = new Map<SymbolicTensor, Lowered>();
  specs.forEach(({ name, dtype, shape }, index) => {
    const value = builder.input(name, dtype, ['N', ...shape.map((size) => size ?? 'S')]);
    given.set(part.boundary[index]!, { value, layout: 'plain' });
  });
  const lowered = lowerTensor(part.output, inferenceLowering(builder), given);
  builder.output(asPlain(builder, lowered), 'output');
  const graph = builder.build();
  const session = await createSession(graph, { graphOptimization: 'basic', threads, runtime });
  try {
    const forward = async (count: number): Promise<number> => {
      const feeds = Object.fromEntries(specs.map((spec) => [spec.name, someRows(spec, count, options)]));
      const started = performance.now();
      await session.run(feeds);
      return (performance.now() - started) / 1000;
    };
    await forward(1);
    const alone = await forward(1);
    const count = Math.max(1, Math.min(batchSize, Math.floor(PASS_SECONDS / alone)));
    const predict = Math.min(alone, (await forward(count)) / count);
    const weights = countTrained(part);
    // Read and written: the weight and its slots. Read: the gradient.
    const bytes = 4 * weights * (3 + 2 * listSlots(optimizer).length);
    const step = predict * batchSize * BACKWARD + bytes / memoryBandwidth();
    return { step, predict, bytes: KEPT * batchSize * activationBytes(graph) };
  } finally {
    await session.dispose();
  }
}

/** Numbers as features have them; ids that every vocabulary has, and masks that hide nothing. */
function someRows(
  { dtype, shape }: TensorSpec,
  count: number,
  { features, maxPositions = USUAL_POSITIONS }: StepSpeedOptions,
): Tensor {
  const positions = Math.min(USUAL_POSITIONS, maxPositions);
  const sizes = [count, ...shape.map((size) => size ?? positions)];
  if (dtype === 'float32') return tensor(dtype, sizes, repeated(features, computeSize(sizes)));
  const ones = zeros(dtype, sizes);
  if (ones.data instanceof BigInt64Array) ones.data.fill(1n);
  else ones.data.fill(1);
  return ones;
}

/** Bytes of all that the graph computes of one image. */
function activationBytes({ values, constants }: Graph): number {
  let numbers = 0;
  for (const [name, { shape }] of values) {
    if (!constants.has(name))
      numbers += computeSize(shape.map((size) => (typeof size === 'number' ? size : 1)));
  }
  return numbers * 4;
}

/** Bytes a second, read and written, of large arrays. */
function memoryBandwidth(): number {
  const source = new Float32Array(2 ** 21).fill(1);
  const target = new Float32Array(2 ** 21).fill(2);
  const started = performance.now();
  target.set(source);
  return (source.byteLength + target.byteLength) / ((performance.now() - started) / 1000);
}

/** Seconds of one, the first of all left out. */
async function repeatedly(work: () => Promise<unknown>): Promise<number> {
  await work();
  const started = performance.now();
  let count = 0;
  while (count < 2 || (count < MAX_REPEATS && performance.now() - started < REPEAT_MS)) {
    await work();
    count += 1;
  }
  return (performance.now() - started) / 1000 / count;
}

/** Rows again and again, as many numbers as are wanted. Half where there are none. */
function repeated(numbers: Float32Array, count: number): Float32Array {
  const result = new Float32Array(count).fill(numbers.length === 0 ? 0.5 : 0);
  for (let start = 0; numbers.length > 0 && start < count; start += numbers.length) {
    result.set(numbers.subarray(0, count - start), start);
  }
  return result;
}
