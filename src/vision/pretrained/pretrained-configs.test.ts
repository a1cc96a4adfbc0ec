import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import {
  describeWeightSource,
  findPretrainedConfig,
  kerasConfigs,
  pretrainedConfigs,
} from './pretrained-configs.ts';
import { torchvisionConfigs } from './torchvision-configs.ts';

describe('backbone pretrained configs', () => {
  it('have names of their own, the one that needs no network first', () => {
    expect(pretrainedConfigs[0]!.id).toBe('mobilenet_v2_openimages');
    expect(new Set(pretrainedConfigs.map(({ id }) => id)).size).toBe(pretrainedConfigs.length);
    expect(pretrainedConfigs).toHaveLength(75);
  });

  it('have parameters that tell one network of Keras from another', () => {
    expect(new Set(kerasConfigs.map(({ parameters }) => parameters)).size).toBe(kerasConfigs.length);
  });

  it('have a hash that their publisher states, but for those of MobileNet and MobileNetV2', () => {
    const unpublished = kerasConfigs.filter(({ weights: { md5, sha256 } }) => !md5 && !sha256);
    expect(unpublished.map(({ architecture }) => architecture)).toEqual([
      ...Array.from({ length: 4 }, () => 'mobilenet'),
      ...Array.from({ length: 6 }, () => 'mobilenet_v2'),
    ]);
  });

  it('say where the weights come from', () => {
    expect(describeWeightSource(pretrainedConfigs[0]!)).toBe('npm package @mediapipe/objectron');
    expect(describeWeightSource(findPretrainedConfig('mobilenet_v2_050'))).toBe(
      'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/' +
        'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.5_224_no_top.h5',
    );
  });
});

describe('findPretrainedConfig', () => {
  it('finds a pretrained config by its name', () => {
    expect(findPretrainedConfig('inception_v3').defaultCut).toBe('mixed7');
  });

  it('takes the names of torchvision, with the version of the weights or without', () => {
    const [byDefault, second, first] = ['', '@IMAGENET1K_V2', '@IMAGENET1K_V1'].map((version) =>
      findPretrainedConfig(`torchvision:resnet50${version}`),
    );
    expect(byDefault).toBe(second);
    expect(byDefault?.weights).toEqual({
      url: 'https://download.pytorch.org/models/resnet50-11ad3fa6.pth',
      sha256Start: '11ad3fa6',
    });
    expect(first?.weights).toEqual({
      url: 'https://download.pytorch.org/models/resnet50-0676ba61.pth',
      sha256Start: '0676ba61',
    });
    expect(findPretrainedConfig('torchvision:resnet18@IMAGENET1K_V1').id).toBe('torchvision:resnet18');
  });

  it('states the parameters that torchvision has', () => {
    for (const { build, minSizePx, parameters } of torchvisionConfigs) {
      const { total } = build({ inputShape: [minSizePx, minSizePx, 3] }).countParams();
      expect(total).toBe(parameters);
    }
  });

  it.each([
    ['InceptionV3', 'The nearest name is "inception_v3".'],
    ['inception_v33', 'The nearest names are "inception_v3", "inception_resnet_v2".'],
    ['resnet5', 'The nearest names are "resnet50", "resnet50v2", "torchvision:resnet50".'],
    ['EfficientNetB', 'The nearest names are "efficientnet_b0", "efficientnet_b1", "efficientnet_b2".'],
    [
      'torchvision:resnet81',
      'The nearest names are "torchvision:resnet18", "torchvision:resnet34", "torchvision:resnet50".',
    ],
    ['ResNet-18', 'The nearest name is "torchvision:resnet18".'],
    [
      'torchvision:resnet50@V9',
      'The nearest names are "torchvision:resnet50", "torchvision:resnet101", "torchvision:resnet18".',
    ],
    ['photographs', 'A file is told from a name by its ending or its folder: ./weights/model.h5.'],
    ['', 'A file is told from a name by its ending or its folder: ./weights/model.h5.'],
  ])('tells what is near to "%s"', (asked, advice) => {
    expect(() => findPretrainedConfig(asked)).toThrow(
      withMessage(
        `backbone: expected a name that graft backbones lists, or a file of weights, received "${asked}". ${advice}`,
      ),
    );
  });
});
