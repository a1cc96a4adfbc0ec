/** @file A step of adapters in a Transformer gives the same, whether its arithmetic goes sample by sample or not. */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { Functional } from '../../src/core/layers/functional.ts';
import { Functional as Model } from '../../src/core/layers/functional.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import { findSampleRuns } from '../../src/core/onnx/scan-samples.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { createSession } from '../../src/core/runtime/create-session.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import { stepGraph, trainedWeights } from '../../src/core/steps/step-graphs.ts';
import { computeSize, floats, integers, scalar, type Tensor } from '../../src/core/tensor/tensor.ts';
import { gpt2 } from '../../src/text/architectures/gpt2.ts';
import { llama } from '../../src/text/architectures/llama.ts';
import { bert } from '../../src/text/encoders/bert.ts';
import { causalEncoder } from '../../src/text/encoders/causal-encoder.ts';
import { sentenceEncoder } from '../../src/text/encoders/sentence-encoder.ts';

const SIZES = {
  vocabularySize: 50,
  numLayers: 2,
  hiddenDim: 32,
  intermediateDim: 1024,
  maxSequenceLength: 40,
};
const HEADS = { numQueryHeads: 4, numKeyValueHeads: 2, headDim: 8, ropeMaxWavelength: 1e4 };
const EPSILON = { layerNormEpsilon: 1e-5 };
const LORA = { targets: ['query', 'value'] };

const ENCODERS: readonly [string, () => Functional][] = [
  ['GPT-2', () => causalEncoder(gpt2({ ...SIZES, ...EPSILON, numHeads: 4 }), 'last')],
  ['Llama', () => causalEncoder(llama({ ...SIZES, ...EPSILON, ...HEADS, tieWordEmbeddings: true }), 'last')],
  ['BERT', () => sentenceEncoder(bert({ ...SIZES, numHeads: 4 }), { pooling: 'mean' })],
];

describe.each(ENCODERS)('%s', (_, create) => {
  it.each([7, 16, 37])('has the same step with %i tokens', async (length) => {
    const encoder = create();
    encoder.enableLora(2, LORA);
    const head = layers.dense({ units: 2, activation: 'softmax', name: 'head' });
    const model = new Model({ inputs: encoder.inputs, outputs: head.apply(encoder.output) });
    model.initialize({ seed: 1 });
    const part = splitAtFreezeBoundary(model);
    const weights = trainedWeights(part, undefined);
    const made = { loss: losses.sparseCategoricalCrossentropy(), optimizer: optimizers.sgd() };
    const { graph } = stepGraph(part, weights, made, 'update');
    expect(findSampleRuns(graph).filter((each) => 'nodes' in each).length).toBeGreaterThan(0);
    const [batch, values] = [3, new Map(weights.map(({ key, weight }) => [key, weight]))];
    const feeds: Record<string, Tensor> = {};
    graph.inputs.forEach(({ name, dtype, shape }, index) => {
      const sizes = shape.map((size) => (size === 'N' ? batch : typeof size === 'string' ? length : size));
      const numbers = Array.from({ length: computeSize(sizes) }, (_, i) => Math.sin(i + index));
      const value = values.get(name)?.value;
      if (dtype === 'int64')
        feeds[name] = integers(
          numbers.map((number) => Math.round(20 + 20 * number)),
          sizes,
        );
      // B of an adapter is 0 at first: no gradient would come to A.
      else feeds[name] = floats(sizes, value?.some((each) => each !== 0) ? value : numbers);
    });
    feeds['targets'] = floats([batch, 1], [0, 1, 1]);
    feeds['sample_weights'] = floats([batch], [1, 1, 1]);
    feeds['learning_rate'] = scalar(0.1);
    const run = async (scansSamples: boolean): Promise<Record<string, Tensor>> => {
      const session = await createSession(graph, { threads: 1, scansSamples });
      onTestFinished(() => session.dispose());
      const known = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
      return session.run(Object.fromEntries(known));
    };
    const plain = await run(false);
    expect(Number(plain['loss']!.data[0])).toBeGreaterThan(0);
    for (const { key } of weights) expect(plain[`${key}:updated`]!.data).not.toEqual(feeds[key]!.data);
    expect(await run(true)).toEqual(plain);
  });
});
