/** @file The networks whose features are timed. */

import { Functional } from '../src/core/layers/functional.ts';
import type { SymbolicTensor } from '../src/core/layers/layer.ts';
import { computeSize } from '../src/core/tensor/tensor.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import type { Backbone } from '../src/vision/backbone/backbone.ts';

export interface Network {
  /** What bench/features-torch.py and bench/features-keras.py know it by, before an @. */
  readonly id: string;
  readonly title: string;
  readonly backbone: string;
  readonly cut: string;
  readonly sizePx: number;
  /** Times do not depend on the numbers: where a file would be needed, random ones do. */
  readonly weights?: 'random';
}

export const networks: readonly Network[] = [
  {
    id: 'inception_v3/mixed7',
    title: 'InceptionV3 to mixed7, 150 px',
    backbone: 'inception_v3',
    cut: 'mixed7',
    sizePx: 150,
    weights: 'random',
  },
  {
    id: 'inception_v3/mixed7@299',
    title: 'InceptionV3 to mixed7, 299 px',
    backbone: 'inception_v3',
    cut: 'mixed7',
    sizePx: 299,
    weights: 'random',
  },
  {
    id: 'mobilenet_v2/block_15_add',
    title: 'MobileNetV2 to block_15_add, 224 px',
    backbone: 'mobilenet_v2_openimages',
    cut: 'block_15_add',
    sizePx: 224,
  },
  {
    id: 'mobilenet_v2/out_relu',
    title: 'MobileNetV2 to out_relu, 224 px',
    backbone: 'mobilenet_v2_openimages',
    cut: 'out_relu',
    sizePx: 224,
  },
];

export function loadNetwork({ backbone, cut, sizePx, weights }: Network): Promise<Backbone> {
  return loadBackbone(backbone, { inputShape: [sizePx, sizePx, 3], cut, weights });
}

/** Of all convolutions for one image: every number of a kernel meets every position of its output. */
export function countMultiplications(model: Functional, output: SymbolicTensor): number {
  const { layers } = new Functional({ inputs: model.input, outputs: output });
  let count = 0;
  for (const layer of layers) {
    const [, height = 0, width = 0] = layer.output.shape;
    // A separable convolution has two.
    for (const { spec } of layer.weights) {
      if (spec.name.endsWith('kernel')) count += computeSize(spec.shape) * (height ?? 0) * (width ?? 0);
    }
  }
  return count;
}
