import { describe, expect, it } from 'vitest';
import { zeros } from '../tensor/tensor.ts';
import { loadWeights } from '../weights/apply.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import { inceptionV3 } from './inception-v3.ts';
import { MOBILENET_V2_ALPHAS, mobileNetV2 } from './mobilenet-v2.ts';
import { explainMisfit, recogniseArchitecture } from './recognise-architecture.ts';

/** A file with a model's own weights, all zeros. */
function fileOf(model: ReturnType<typeof mobileNetV2>): WeightFile {
  const tensors = new Map(
    model.weights.map(({ name, weight }) => [name, zeros('float32', weight.spec.shape)] as const),
  );
  const layers = model.layers.map(({ name, weights }) => ({
    name,
    weights: weights.map(({ spec }) => ({ name: spec.name, key: `${name}/${spec.name}` })),
  }));
  return { format: 'keras-hdf5', where: 'weights "base.h5"', tensors, layers };
}

describe('recogniseArchitecture', () => {
  it.each(MOBILENET_V2_ALPHAS)('tells MobileNetV2 of alpha %s', (alpha) => {
    const file = fileOf(mobileNetV2({ inputShape: [32, 32, 3], alpha }));
    expect(recogniseArchitecture(file)).toEqual({ architecture: 'mobilenet_v2', alpha });
  });

  it('tells InceptionV3', () => {
    const file = fileOf(inceptionV3({ inputShape: [75, 75, 3] }));
    expect(recogniseArchitecture(file)).toEqual({ architecture: 'inception_v3' });
  });

  it('explains weights of another width', () => {
    const file = fileOf(mobileNetV2({ inputShape: [32, 32, 3], alpha: 0.5 }));
    const model = mobileNetV2({ inputShape: [32, 32, 3] });
    expect(() => loadWeights(model, file, { explain: explainMisfit })).toThrow(
      'weights "base.h5": expected "Conv1/kernel" of shape [3, 3, 3, 32], received [3, 3, 3, 16]. ' +
        'The file looks like MobileNetV2 of alpha 0.5: pass { alpha: 0.5 }.',
    );
  });
});
