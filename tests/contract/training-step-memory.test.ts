/**
 * @file An output that shares memory with its own input corrupts training silently: ONNX Runtime may write the updated
 * weight before the last operator that reads the old one has run. First it is shown that this does happen to the
 * graph step's own graph when its outputs are bound so, then that the graph step does not bind them so.
 *
 * What is proven holds for the graphs here and this version of ONNX Runtime: the order of operators is its own affair.
 */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Graph } from '../../src/core/graph/graph.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import type { Session } from '../../src/core/runtime/session.ts';
import { findDenseHead } from '../../src/core/steps/dense-head.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { DenseReference } from '../support/dense-reference.ts';
import { type HeadCase, makeBatches, makeStep, partOf } from './training-step-cases.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** What the step asked of ONNX Runtime. */
const seen: { graphs: Graph[]; runs: { feeds: Tensors; before: Tensors; results: Tensors }[] } = {
  graphs: [],
  runs: [],
};

vi.mock('../../src/core/runtime/create-session.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/core/runtime/create-session.ts')>();
  return {
    ...original,
    async createSession(graph: Graph, options: object): Promise<Session> {
      const session = await original.createSession(graph, options);
      seen.graphs.push(graph);
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        dispose: () => session.dispose(),
        async run(feeds, fetches) {
          const before = structuredClone(feeds);
          const results = await session.run(feeds, fetches);
          seen.runs.push({ feeds, before, results });
          return results;
        },
      };
    },
  };
});

/** In the backward pass, the kernel of every Dense but the first is read after its gradient is known. */
const HEAD: HeadCase = {
  loss: losses.sparseCategoricalCrossentropy(),
  outputs: 3,
  head: (x) => {
    const first = layers.dense({ units: 14, activation: 'tanh' }).apply(x);
    const second = layers.dense({ units: 9, activation: 'tanh' }).apply(first);
    return layers.dense({ units: 3, activation: 'softmax' }).apply(second);
  },
};
const RATE = 0.5;
const TOLERANCE = { atol: 1e-5, rtol: 1e-4 };

beforeEach(() => {
  seen.graphs = [];
  seen.runs = [];
});

/** Weights after one step as they should be, and the feeds of that step. */
async function oneStep() {
  const part = partOf(HEAD);
  const optimizer = optimizers.sgd();
  const step = await makeStep('graph', part, { loss: HEAD.loss, optimizer });
  const [batch] = makeBatches(HEAD);
  await step.run(batch!, RATE);
  const reference = new DenseReference(findDenseHead(part)!, HEAD.loss, optimizer);
  reference.run(batch!, RATE);
  const graph = seen.graphs.find(({ name }) => name === 'training_step')!;
  return { graph, feeds: seen.runs[0]!.before, expected: reference.state().weights };
}

/** Runs the step's graph by ONNX Runtime itself, each updated weight written to where `place` says. */
async function updatedWeights(
  { graph, feeds, expected }: Awaited<ReturnType<typeof oneStep>>,
  place: (fed: OrtTensor) => OrtTensor | null,
): Promise<Map<string, Float32Array>> {
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  try {
    const ortFeeds = Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        new OrtTensor('float32', (data as Float32Array).slice(), shape),
      ]),
    );
    const keys = [...expected.keys()];
    const results = await session.run(ortFeeds, {
      loss: null,
      ...Object.fromEntries(keys.map((key) => [`${key}:updated`, place(ortFeeds[key]!)])),
    });
    return new Map(keys.map((key) => [key, results[`${key}:updated`]!.data as Float32Array]));
  } finally {
    await session.release();
  }
}

it('happens: outputs bound to their own inputs give wrong weights in front of the last layer', async () => {
  const given = await oneStep();
  const apart = await updatedWeights(given, () => null);
  const aliased = await updatedWeights(given, (fed) => fed);
  for (const [key, values] of given.expected) expect(apart.get(key)).toBeAllClose(values, TOLERANCE);
  const wrong = [...given.expected].filter(([key, values]) =>
    values.some((value, i) => Math.abs(value - aliased.get(key)![i]!) > 1e-3),
  );
  // The last layer's gradient needs no old kernel; what comes before it was led back through the new one.
  expect(wrong.map(([key]) => key)).toEqual(['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']);
});

it('does not come of preallocated outputs as such: memory of their own is right', async () => {
  const given = await oneStep();
  const elsewhere = await updatedWeights(
    given,
    ({ dims }) => new OrtTensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims),
  );
  for (const [key, values] of given.expected) expect(elsewhere.get(key)).toBeAllClose(values, TOLERANCE);
});

it.each(Object.entries({ SGD: optimizers.sgd(), RMSprop: optimizers.rmsprop({ epsilon: 1e-3 }) }))(
  'not in the graph step: old kernels are what gradients go back through, %s',
  async (_, optimizer) => {
    const part = partOf(HEAD);
    const step = await makeStep('graph', part, { loss: HEAD.loss, optimizer });
    const reference = new DenseReference(findDenseHead(part)!, HEAD.loss, optimizer);
    for (const batch of makeBatches(HEAD)) {
      const { loss } = await step.run(batch, 0.02);
      expect(loss).toBeAllClose(reference.run(batch, 0.02).loss, TOLERANCE);
    }
    const { weights } = await step.readState();
    for (const [key, values] of reference.state().weights) {
      expect(weights.get(key)).toBeAllClose(values, TOLERANCE);
    }
  },
);

it('not in the graph step: outputs share no memory with inputs or each other, and inputs are only read', async () => {
  const step = await makeStep('graph', partOf(HEAD), { loss: HEAD.loss, optimizer: optimizers.adam() });
  for (const batch of makeBatches(HEAD)) await step.run(batch, 0.02);
  expect(seen.runs).toHaveLength(16);
  for (const { feeds, before, results } of seen.runs) {
    const buffersOf = (tensors: Tensors) => Object.values(tensors).map(({ data }) => data.buffer);
    const outputs = new Set(buffersOf(results));
    expect(outputs.size).toBe(Object.keys(results).length);
    expect(buffersOf(feeds).filter((buffer) => outputs.has(buffer))).toEqual([]);
    expect(feeds).toEqual(before);
  }
});
