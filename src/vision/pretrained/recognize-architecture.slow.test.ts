import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { zeros } from '../../core/tensor/tensor.ts';
import { loadWeights } from '../../core/weights/apply.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import { inceptionV3 } from '../architectures/inception-v3.ts';
import { mobileNetV2 } from '../architectures/mobilenet-v2.ts';
import { vgg16 } from '../architectures/vgg.ts';
import { findPretrainedConfig, kerasConfigs } from './pretrained-configs.ts';
import { explainMisfit, recognizeArchitecture } from './recognize-architecture.ts';

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

describe('recognizeArchitecture', () => {
  it.each(kerasConfigs)('tells $id', (pretrainedConfig) => {
    const { minSizePx: side } = pretrainedConfig;
    expect(recognizeArchitecture(fileOf(pretrainedConfig.build({ inputShape: [side, side, 3] })))).toBe(
      pretrainedConfig,
    );
  });

  it.each(kerasConfigs)('tells $id with its top', (pretrainedConfig) => {
    const { defaultSizePx: side } = pretrainedConfig;
    const inputShape = [side, side, 3] as const;
    expect(recognizeArchitecture(fileOf(pretrainedConfig.build({ inputShape, includeTop: true })))).toBe(
      pretrainedConfig,
    );
  });

  it('tells nothing of other networks', () => {
    const { tensors, layers } = fileOf(vgg16({ inputShape: [32, 32, 3] }));
    const file = {
      format: 'keras-hdf5',
      where: 'weights "own.h5"',
      tensors,
      layers: layers!.slice(2),
    } as const;
    expect(recognizeArchitecture(file)).toBeUndefined();
    expect(explainMisfit(file)).toBeUndefined();
  });

  it('explains weights of another network', () => {
    const file = fileOf(inceptionV3({ inputShape: [75, 75, 3] }));
    expect(explainMisfit(file)).toBe('The file looks like InceptionV3: use that network.');
    // What is asked for already is no advice.
    expect(explainMisfit(file, findPretrainedConfig('inception_v3'))).toBe(
      'The file has as many numbers as InceptionV3, but not in its layers: ' +
        'save the model as .keras, which tells how they are connected.',
    );
  });

  it('explains weights of another width', () => {
    const file = fileOf(mobileNetV2({ inputShape: [32, 32, 3], alpha: 0.5 }));
    const model = mobileNetV2({ inputShape: [32, 32, 3] });
    expect(() => loadWeights(model, file, { explain: explainMisfit })).toThrow(
      withMessage(
        'weights "base.h5": expected "Conv1/kernel" of shape [3, 3, 3, 32]; "bn_Conv1/gamma" of shape [32]; ' +
          '"bn_Conv1/beta" of shape [32]; "bn_Conv1/moving_mean" of shape [32]; ' +
          '"bn_Conv1/moving_variance" of shape [32]; and 251 more, ' +
          'received [3, 3, 3, 16]; [16]; [16]; [16]; [16]. ' +
          'The file looks like MobileNetV2 of alpha 0.5: pass { alpha: 0.5 }.',
      ),
    );
  });
});
