/** @file Low-rank adapters: nothing changes at first, and merged they compute the same. */

import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../runtime/create-session.ts';
import { createRandom } from '../tensor/random.ts';
import { floats, type Tensor } from '../tensor/tensor.ts';
import { AdaptableLayer } from './adaptable-layer.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import { layers } from './layers.ts';
import { modelGraph } from './lower-model.ts';

const X = floats(
  [2, 3, 8],
  Array.from({ length: 48 }, (_, i) => Math.sin(i)),
);

function network(): Functional {
  const x = input({ shape: [3, 8], name: 'x' });
  const attention = layers.groupQueryAttention({
    headDim: 4,
    numQueryHeads: 4,
    numKeyValueHeads: 2,
    name: 'block_0_attention',
  });
  const dense = layers.dense({ units: 6, activation: 'relu', name: 'block_1_dense' });
  const flat = layers.flatten().apply(dense.apply(attention.apply(x)));
  const model = new Functional({ inputs: x, outputs: layers.dense({ units: 2, name: 'head' }).apply(flat) });
  model.initialize({ seed: 3 });
  return model;
}

async function compute(model: Functional): Promise<Tensor> {
  return (await evaluateGraph(modelGraph(model), { x: X }))['head']!;
}

/** As if they had been trained. */
function train(model: Functional): void {
  const random = createRandom(5);
  for (const { name, weight } of model.weights) {
    if (name.includes('lora_kernel')) weight.value = weight.value.map(() => 0.3 * random.normal());
  }
}

/** Keras' attention and an encoder's block: their projections have adapters, too. */
function encoder(): Functional {
  const x = input({ shape: [3, 8], name: 'x' });
  const attention = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 2, name: 'attention' });
  const block = layers.transformerEncoder({ numHeads: 2, intermediateDim: 5, name: 'block' });
  const outputs = block.apply(attention.apply([x, x]));
  const model = new Functional({ inputs: x, outputs: layers.flatten({ name: 'head' }).apply(outputs) });
  model.initialize({ seed: 3 });
  return model;
}

describe('adapters of an encoder', () => {
  const targets = [
    ...['query', 'key', 'value', 'attention_output'],
    ...['feedforward_intermediate_dense', 'feedforward_output_dense'],
  ];

  it('change nothing to the bit at first, and compute the same once they are merged', async () => {
    const model = encoder();
    const before = await compute(model);
    model.enableLora(2, { targets });
    model.initialize({ seed: 1 });
    expect(await compute(model)).toEqual(before);
    train(model);
    const adapted = await compute(model);
    expect(adapted).not.toEqual(before);
    model.mergeLora();
    expect(await compute(model)).toBeAllClose(adapted, { atol: 1e-5, rtol: 1e-5 });
  });

  it('are beside query and value, as KerasHub has them, and can be taken out again', async () => {
    const model = encoder();
    const before = await compute(model);
    const flags = model.weights.map(({ trainable }) => trainable);
    model.enableLora(1);
    model.initialize({ seed: 1 });
    train(model);
    const trained = model.weights.filter(({ trainable }) => trainable).map(({ name }) => name);
    expect(trained).toEqual(
      ['attention/', 'block/self_attention_layer/'].flatMap((prefix) =>
        ['query', 'value'].flatMap((target) =>
          ['a', 'b'].map((each) => `${prefix}${target}/lora_kernel_${each}`),
        ),
      ),
    );
    for (const layer of model.layers) if (layer instanceof AdaptableLayer) layer.disableLora();
    model.trainable = true;
    expect(model.weights.map(({ trainable }) => trainable)).toEqual(flags);
    expect(await compute(model)).toEqual(before);
  });
});

describe('adapters of a model', () => {
  it('change nothing to the bit before they are trained', async () => {
    const model = network();
    const before = await compute(model);
    model.enableLora(2, { targets: ['query', 'attention_output', 'dense', 'head'] });
    model.initialize({ seed: 1 });
    expect(await compute(model)).toEqual(before);
  });

  it('compute the same once they are merged', async () => {
    const model = network();
    const before = await compute(model);
    model.enableLora(2, {
      targets: ['query', 'key', 'value', 'attention_output', 'dense', 'head'],
      alpha: 3,
    });
    model.initialize({ seed: 1 });
    train(model);
    const adapted = await compute(model);
    const largest = Math.max(
      ...Array.from(adapted.data as Float32Array, (y, i) => Math.abs(y - Number(before.data[i]))),
    );
    expect(largest).toBeGreaterThan(0.1);
    model.mergeLora();
    expect(model.weights.map(({ name }) => name)).toEqual(network().weights.map(({ name }) => name));
    expect(await compute(model)).toBeAllClose(adapted, { atol: 1e-5, rtol: 1e-5 });
  });

  it('alone are trained, and named as in Keras', () => {
    const model = network();
    model.enableLora(2);
    const trained = model.weights.filter(({ trainable }) => trainable);
    expect(trained.map(({ name, weight }) => [name, ...weight.spec.shape])).toEqual([
      ['block_0_attention/query/lora_kernel_a', 8, 2],
      ['block_0_attention/query/lora_kernel_b', 2, 16],
      ['block_0_attention/value/lora_kernel_a', 8, 2],
      ['block_0_attention/value/lora_kernel_b', 2, 8],
    ]);
  });

  it('begin with a layer', () => {
    const model = network();
    model.enableLora(1, { from: 'block_1' });
    expect(model.weights.flatMap(({ name, trainable }) => (trainable ? [name] : []))).toEqual([
      'block_1_dense/lora_kernel_a',
      'block_1_dense/lora_kernel_b',
      'head/lora_kernel_a',
      'head/lora_kernel_b',
    ]);
  });

  it('are refused where no layer has a kernel for them, as of a network in an ONNX file', () => {
    const features = input({ shape: [4] });
    const whole = new Functional({
      inputs: features,
      outputs: layers.activation({ activation: 'relu' }).apply(features),
    });
    expect(() => whole.enableLora(2)).toThrow(
      'LoRA of model "functional": expected layers with kernels, for adapters to stand beside, received none, as of an ONNX file. ' +
        'Give the network as layers, as a folder of Hugging Face or KerasHub has it, or train it whole (--unfreeze).',
    );
    const { inputs, output } = network();
    const model = new Functional({
      inputs,
      outputs: layers.activation({ activation: 'relu', name: 'last' }).apply(output),
    });
    expect(() => model.enableLora(2, { from: 'last' })).toThrow(
      'LoRA of model "functional": expected layers with kernels, for adapters to stand beside, received none from "last" on. ' +
        'Begin with an earlier layer.',
    );
  });

  it('are refused where they do not fit', () => {
    expect(() => network().enableLora(2, { targets: ['querry'] })).toThrow(
      'LoRA of model "functional": expected targets among "query", "key", "value", "attention_output", ' +
        '"block_1_dense", "head", received "querry". Name projections of its layers, or leave targets out.',
    );
    expect(() => network().enableLora(0)).toThrow(
      'LoRA of layer "block_0_attention": expected a rank from 1 on, received 0. Correct the call of enableLora.',
    );
    const twice = network();
    twice.enableLora(2);
    expect(() => twice.enableLora(2)).toThrow(
      'LoRA of layer "block_0_attention": expected a kernel without an adapter, received "query/kernel". ' +
        'Correct the call of enableLora.',
    );
  });
});
