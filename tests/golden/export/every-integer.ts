/** @file A small network of all that TensorFlow Lite computes in integers of 8 bits, and images to measure it on. */

import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';

/** Images `[N, 12, 12, 3]` to 4 probabilities. */
export function everyInteger(): Functional {
  const pixels = input({ shape: [12, 12, 3], name: 'pixels' });
  let x = layers
    .zeroPadding2d({
      padding: [
        [0, 1],
        [1, 0],
      ],
    })
    .apply(pixels);
  x = layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu6' }).apply(x);
  x = layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }).apply(x);
  x = layers.batchNormalization().apply(x);
  x = layers.activation({ activation: 'hard_silu' }).apply(x);
  const side = layers
    .separableConv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'silu' })
    .apply(x);
  x = layers.add().apply([x, side]);
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
  x = layers
    .concatenate()
    .apply([
      layers.maxPooling2d({ poolSize: 2 }).apply(x),
      layers.averagePooling2d({ poolSize: 2 }).apply(x),
      layers.conv2d({ filters: 4, kernelSize: 2, strides: 2, activation: 'tanh' }).apply(x),
    ]);
  x = layers.reLU({ negativeSlope: 0.1 }).apply(layers.batchNormalization({ name: 'apart' }).apply(x));
  x = layers.dense({ units: 12, activation: 'sigmoid' }).apply(layers.flatten().apply(x));
  x = layers.dense({ units: 4, activation: 'softmax', name: 'predictions' }).apply(x);
  const model = new Functional({ inputs: pixels, outputs: x, name: 'every_integer' });
  model.initialize({ seed: 1 });
  const random = createRandom(2);
  for (const { name, weight } of model.weights) {
    // Variances stay positive; what follows a sigmoid is made to differ from image to image.
    const factor = name.startsWith('predictions') ? 4 : 1;
    weight.value = weight.value.map((value) => factor * value * (1 + 0.1 * random.uniform()) + 0.1 * random.uniform());
  }
  return model;
}

/** The images of a batch, one by one. */
export async function* noise({ shape, data }: Tensor<'uint8'>): AsyncGenerator<Uint8Array> {
  const each = data.length / shape[0]!;
  for (let image = 0; image < shape[0]!; image++) yield data.slice(each * image, each * (image + 1));
}
