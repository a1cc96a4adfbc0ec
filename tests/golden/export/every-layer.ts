/** @file A small network that has a layer of every kind that an export treats in a way of its own. */

import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';

/** Images `[N, 12, 12, 3]` to 4 probabilities. */
export function everyLayer(): Functional {
  const pixels = input({ shape: [12, 12, 3], name: 'pixels' });
  let x = layers.normalization({ name: 'normalized' }).apply(pixels);
  x = layers.zeroPadding2d({
    padding: [
      [0, 1],
      [1, 0],
    ],
  }).apply(x);
  x = layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6' }).apply(x);
  x = layers.batchNormalization().apply(x);
  x = layers.activation({ activation: 'hard_silu' }).apply(x);
  x = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', groups: 8 }).apply(x);
  x = layers.layerScale({ initValues: 0.5, projectionDim: 8, name: 'scaled' }).apply(x);
  const side = layers.separableConv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'silu' }).apply(x);
  x = layers.customScaleLayer({ scale: 0.3, name: 'residual' }).apply([x, side]);
  x = layers.dropout({ rate: 0.2, noiseShape: [null, 1, 1, 1] }).apply(x);
  const pooled = layers.globalAveragePooling2d({ keepdims: true }).apply(x);
  const gate = layers.conv2d({ filters: 8, kernelSize: 1, activation: 'hard_sigmoid' }).apply(pooled);
  x = layers.multiply().apply([x, gate]);
  x = layers
    .cropping2d({
      cropping: [
        [1, 0],
        [0, 1],
      ],
    })
    .apply(x);
  const halves = [
    layers.maxPooling2d({ poolSize: 2 }).apply(x),
    layers.averagePooling2d({ poolSize: 2, padding: 'same' }).apply(x),
  ];
  x = layers.concatenate().apply(halves);
  x = layers.layerNormalization().apply(x);
  x = layers.flatten().apply(x);
  x = layers.dense({ units: 6, activation: 'gelu' }).apply(x);
  x = layers.dense({ units: 4, activation: 'softmax', name: 'predictions' }).apply(x);
  const model = new Functional({ inputs: pixels, outputs: x, name: 'every_layer' });
  model.initialize({ seed: 1 });
  const random = createRandom(2);
  for (const { weight } of model.weights) {
    // Variances stay positive, and nothing is at its initial 0 or 1.
    weight.value = weight.value.map((value) => value * (1 + 0.1 * random.uniform()) + 0.1 * random.uniform());
  }
  model.getLayer('normalized').weight('mean').value = Float32Array.of(0.1, -0.2, 0.3);
  model.getLayer('normalized').weight('variance').value = Float32Array.of(0.2, 0.3, 0.4);
  for (const name of ['normalized', 'conv2d', 'batch_normalization']) model.getLayer(name).trainable = false;
  return model;
}
