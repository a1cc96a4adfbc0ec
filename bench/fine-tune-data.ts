/** @file What all contenders of bench/fine-tune.ts are given: layers as JSON, weights, features and batches as raw files. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Functional } from '../src/core/layers/functional.ts';
import { layers } from '../src/core/layers/layers.ts';
import { featureShape, splitAtFreezeBoundary, type TrainedPart } from '../src/core/steps/freeze-boundary.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';

/** A network whose top is trained together with its head. */
export interface TunedNetwork {
  readonly id: string;
  readonly title: string;
  readonly backbone: string;
  readonly sizePx: number;
  /** Layers after this one are trained. */
  readonly unfreezeAfter: string;
  /** The head sits on this one. */
  readonly cut: string;
}

export const tunedNetworks: readonly TunedNetwork[] = [
  {
    id: 'inception_v3',
    title: 'InceptionV3 at 150 px, mixed6 to mixed7',
    backbone: 'inception_v3',
    sizePx: 150,
    unfreezeAfter: 'mixed6',
    cut: 'mixed7',
  },
  {
    id: 'mobilenet_v2',
    title: 'MobileNetV2 at 224 px, last 3 blocks and out_relu',
    backbone: 'mobilenet_v2',
    sizePx: 224,
    unfreezeAfter: 'block_13_project_BN',
    cut: 'out_relu',
  },
];

const SAMPLES = 64;

/**
 * The trained part: what comes after `unfreezeAfter`, global average pooling and one sigmoid. Batch normalization stays
 * frozen. Weights are random: times do not depend on them.
 */
export async function tunedPart(network: TunedNetwork): Promise<TrainedPart> {
  const { backbone, sizePx, unfreezeAfter, cut } = network;
  const { model } = await loadBackbone(backbone, { inputShape: [sizePx, sizePx, 3], weights: 'random' });
  model.trainable = false;
  const start = model.layers.findIndex(({ name }) => name === unfreezeAfter);
  for (const layer of model.layers.slice(start + 1)) {
    layer.trainable = layer.className !== 'BatchNormalization';
  }
  const pooled = layers.globalAveragePooling2d({}).apply(model.getLayer(cut).output);
  const output = layers.dense({ units: 1, activation: 'sigmoid', name: 'predictions' }).apply(pooled);
  const whole = new Functional({ inputs: model.inputs, outputs: output, name: network.id });
  whole.initialize({ seed: 1 });
  const part = splitAtFreezeBoundary(whole);
  if (part.boundary.layer.name !== unfreezeAfter) throw new Error(`begins at ${part.boundary.layer.name}`);
  return part;
}

/**
 * Writes `layers.json` (the layers of the trained part and where their weights stand), `weights.f32`, `features.f32`
 * `[64, H, W, C]`, `labels.f32` and `batches.i32` `[steps, batch]`.
 */
export async function writeTuningData(
  folder: string,
  options: { readonly network: TunedNetwork; readonly batch: number; readonly steps: number },
): Promise<void> {
  const part = await tunedPart(options.network);
  const weights: Float32Array[] = [];
  let offset = 0;
  const described = part.layers.map((layer) => ({
    name: layer.name,
    className: layer.className,
    config: layer.getConfig(),
    inputs: layer.output.inputs.map((input) => input.layer.name),
    trained: layer.trainable,
    weights: layer.weights.map(({ spec, value }) => {
      const start = offset;
      offset += value.length;
      weights.push(value);
      return { name: spec.name, shape: spec.shape, offset: start };
    }),
  }));
  const description = { boundary: part.boundary.layer.name, features: featureShape(part), layers: described };
  writeFileSync(join(folder, 'layers.json'), JSON.stringify(description));
  const joined = new Float32Array(offset);
  let at = 0;
  for (const value of weights) {
    joined.set(value, at);
    at += value.length;
  }
  writeFileSync(join(folder, 'weights.f32'), joined);
  const random = createRandom(2);
  const width = featureShape(part).reduce((a, b) => a * b, 1);
  // As after a ReLU: half of the numbers are zero.
  const features = Float32Array.from({ length: SAMPLES * width }, () => Math.max(0, random.normal()));
  writeFileSync(join(folder, 'features.f32'), features);
  writeFileSync(
    join(folder, 'labels.f32'),
    Float32Array.from({ length: SAMPLES }, (_, i) => i % 2),
  );
  const order = Int32Array.from({ length: options.steps * options.batch }, () => random.integer(SAMPLES));
  writeFileSync(join(folder, 'batches.i32'), order);
}
