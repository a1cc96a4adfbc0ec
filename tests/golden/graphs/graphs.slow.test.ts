/**
 * @file The graphs that layers, losses, gradients and optimizers emit are those of graphs.json, operator by operator. Another
 * order of operators gives other last bits, and so other weights; other names of a frozen network make all cached features
 * void. Where that is meant: GRAPHS=write npx vitest run tests/golden/graphs.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { ACTIVATION_NAMES } from '../../../src/core/layers/activations.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { losses } from '../../../src/core/losses/losses.ts';
import type { Loss } from '../../../src/core/losses/loss.ts';
import { inceptionV3 } from '../../../src/vision/architectures/inception-v3.ts';
import { mobileNetV2 } from '../../../src/vision/architectures/mobilenet-v2.ts';
import { literalImageGraph } from '../../../src/vision/preprocessing/image-graph.ts';
import { findPretrainedConfig } from '../../../src/vision/pretrained/pretrained-configs.ts';
import type { Optimizer } from '../../../src/core/optimizers/optimizer.ts';
import { optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';
import { seededDropoutMasks } from '../../../src/core/steps/dropout-masks.ts';
import { splitAtFreezeBoundary } from '../../../src/core/steps/freeze-boundary.ts';
import { createGraphStep } from '../../../src/core/steps/graph-step.ts';
import { layerCases, modelOf } from '../layers/layer-cases.ts';
import { digestOfNames, digestOfStructure } from './graph-digests.ts';

const opened: Graph[] = [];

vi.mock('../../../src/core/runtime/create-session.ts', async (original) => ({
  ...(await original<object>()),
  createSession: async (graph: Graph) => {
    opened.push(graph);
    return { dispose: async () => {}, inputNames: [] };
  },
}));

const place = new URL('graphs.json', import.meta.url);
const isWriting = process.env['GRAPHS'] === 'write';
const expected = isWriting ? {} : (JSON.parse(readFileSync(place, 'utf8')) as Record<string, string>);
const seen: Record<string, string> = {};

afterEach(() => {
  opened.length = 0;
});

afterAll(() => {
  if (isWriting) writeFileSync(place, `${JSON.stringify(seen, null, 2)}\n`);
  else expect(Object.keys(expected).filter((name) => !(name in seen))).toEqual([]);
});

function check(name: string, digest: string): void {
  seen[name] = digest;
  // What is new has no digest yet; the next time that they are written, it gets one.
  if (name in expected) expect({ [name]: digest }).toEqual({ [name]: expected[name] });
}

it('of every layer', () => {
  for (const layerCase of layerCases) {
    check(`layer ${layerCase.title}`, digestOfNames(modelGraph(modelOf(layerCase).model)));
  }
});

it('of every activation, on a vector and a map', () => {
  for (const activation of ACTIVATION_NAMES) {
    for (const shape of [[3], [4, 4, 3]]) {
      const x = input({ shape });
      const output = layers.activation({ activation: activation as 'relu' }).apply(x);
      check(
        `activation ${activation} [${shape.join(', ')}]`,
        digestOfNames(modelGraph(new Functional({ inputs: x, outputs: output }))),
      );
    }
  }
});

it.each([
  'mobilenet_v2_openimages',
  'inception_v3',
  'efficientnet_b0',
  'efficientnet_v2_b0',
  'convnext_tiny',
  'inception_resnet_v2',
  'nasnet_mobile',
  'resnet50',
  'densenet121',
  'xception',
  'vgg16',
  'mobilenet_v3_small',
])('of the frozen network %s', (id) => {
  const pretrainedConfig = findPretrainedConfig(id);
  const model = pretrainedConfig.build({ inputShape: [96, 96, 3] });
  for (const { weight } of model.weights) weight.value = new Float32Array(weight.spec.shape.reduce((a, b) => a * b, 1));
  const output = id === 'mobilenet_v2_openimages' ? model.getLayer(pretrainedConfig.defaultCut).output : model.output;
  const graph = literalImageGraph(model, output, { preprocessing: pretrainedConfig.preprocessing, output: 'features' });
  check(`frozen ${id}`, digestOfNames(graph));
}, 60_000);

it('of both classes, and of logits', () => {
  const x = input({ shape: [4, 4, 3] });
  const flat = layers.flatten().apply(x);
  const output = layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' }).apply(flat);
  const model = new Functional({ inputs: x, outputs: output });
  model.initialize({ seed: 1 });
  const preprocessing = { scale: 1 / 127.5, offset: -1 };
  for (const meaning of ['probabilities', 'logits', 'features'] as const) {
    check(`pixels ${meaning}`, digestOfNames(literalImageGraph(model, output, { preprocessing, output: meaning })));
  }
});

async function checkStep(name: string, model: Functional, loss: Loss, optimizer: Optimizer): Promise<void> {
  model.initialize({ seed: 1 });
  const masks = seededDropoutMasks(createRandom(1));
  await createGraphStep(splitAtFreezeBoundary(model), { loss, optimizer, masks });
  opened.forEach((graph, index) => {
    check(`${name} ${index}`, digestOfStructure(graph));
  });
  opened.length = 0;
}

function head(units: number, activation: 'sigmoid' | 'softmax' | 'linear' = 'softmax'): Functional {
  const x = input({ shape: [6] });
  const hidden = layers.dense({ units: 300, activation: 'relu' }).apply(x);
  const dropped = layers.dropout({ rate: 0.25 }).apply(hidden);
  return new Functional({ inputs: x, outputs: layers.dense({ units, activation }).apply(dropped) });
}

it('of steps by every loss', async () => {
  const sgd = optimizers.sgd();
  await checkStep('step binary', head(1, 'sigmoid'), losses.binaryCrossentropy(), sgd);
  await checkStep('step binary smoothed', head(2, 'sigmoid'), losses.binaryCrossentropy({ labelSmoothing: 0.1 }), sgd);
  await checkStep('step categorical', head(3), losses.categoricalCrossentropy(), sgd);
  await checkStep('step categorical smoothed', head(3), losses.categoricalCrossentropy({ labelSmoothing: 0.1 }), sgd);
  await checkStep('step sparse', head(3), losses.sparseCategoricalCrossentropy(), sgd);
  await checkStep('step mse', head(2, 'linear'), losses.meanSquaredError(), sgd);
  await checkStep('step mae', head(2, 'linear'), losses.meanAbsoluteError(), sgd);
  await checkStep('step huber', head(2, 'linear'), losses.huber({ delta: 0.5 }), sgd);
});

it('of steps by every optimizer and setting', async () => {
  const loss = losses.sparseCategoricalCrossentropy();
  const all: Record<string, Optimizer> = {
    sgd: optimizers.sgd(),
    momentum: optimizers.sgd({ momentum: 0.9 }),
    nesterov: optimizers.sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    rmsprop: optimizers.rmsprop(),
    'rmsprop momentum': optimizers.rmsprop({ momentum: 0.5 }),
    'rmsprop centered': optimizers.rmsprop({ centered: true, momentum: 0.5 }),
    adam: optimizers.adam(),
    adamW: optimizers.adamW(),
    'clip value': optimizers.adam({ clipValue: 0.5 }),
    'clip norm': optimizers.adam({ clipNorm: 0.5 }),
    'clip global': optimizers.adam({ globalClipNorm: 0.5 }),
    ema: optimizers.adam({ useEma: true }),
    accumulate: optimizers.adam({ gradientAccumulationSteps: 2, useEma: true }),
  };
  for (const [name, optimizer] of Object.entries(all)) await checkStep(`step ${name}`, head(3), loss, optimizer);
});

it('of steps through convolutions', async () => {
  const loss = losses.sparseCategoricalCrossentropy();
  const networks: Record<string, Functional> = {
    mobilenet: mobileNetV2({ inputShape: [96, 96, 3], alpha: 0.35 }),
    inception: inceptionV3({ inputShape: [96, 96, 3] }),
    convnext: findPretrainedConfig('convnext_tiny').build({ inputShape: [64, 64, 3] }),
  };
  for (const [name, base] of Object.entries(networks)) {
    const first = Math.max(0, base.layers.length - 40);
    base.layers.forEach((layer, index) => {
      layer.trainable = index >= first;
    });
    for (const { weight } of base.weights) {
      weight.value = new Float32Array(weight.spec.shape.reduce((a, b) => a * b, 1)).fill(0.5);
    }
    const pooled = layers.globalAveragePooling2d().apply(base.output);
    const model = new Functional({ inputs: base.inputs, outputs: layers.dense({ units: 3 }).apply(pooled) });
    await checkStep(`step ${name}`, model, loss, optimizers.adam());
  }
}, 120_000);
