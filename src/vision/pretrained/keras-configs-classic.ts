/**
 * @file Pretrained configs of VGG, ResNet, DenseNet, Xception, InceptionV3 and InceptionResNetV2. Addresses and hashes are those in
 * the source of Keras 3; top-1 is from the table at keras.io/api/applications; licenses are those that Keras 2 stated.
 */

import { DENSENET_SMALLEST_PX, denseNet121, denseNet169, denseNet201 } from '../architectures/densenet.ts';
import { INCEPTION_RESNET_V2_SMALLEST_PX, inceptionResNetV2 } from '../architectures/inception-resnet-v2.ts';
import { INCEPTION_V3_SMALLEST_PX, inceptionV3 } from '../architectures/inception-v3.ts';
import { RESNET_SMALLEST_PX, resNet50, resNet101, resNet152 } from '../architectures/resnet.ts';
import { resNet50V2, resNet101V2, resNet152V2 } from '../architectures/resnet-v2.ts';
import { VGG_SMALLEST_PX, vgg16, vgg19 } from '../architectures/vgg.ts';
import { XCEPTION_SMALLEST_PX, xception } from '../architectures/xception.ts';
import {
  CAFFE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  TORCH_PREPROCESSING,
} from '../preprocessing/preprocessing.ts';
import { KERAS_WEIGHTS_URL, type KerasConfig, type WeightAddress } from './pretrained-config.ts';

const VGG = {
  trainedOn: 'ImageNet',
  license: 'CC-BY-4.0',
  paper: 'https://arxiv.org/abs/1409.1556',
  preprocessing: CAFFE_PREPROCESSING,
  defaultSizePx: 224,
  minSizePx: VGG_SMALLEST_PX,
} as const;

const RESNET = {
  trainedOn: 'ImageNet',
  license: 'MIT',
  paper: 'https://arxiv.org/abs/1512.03385',
  preprocessing: CAFFE_PREPROCESSING,
  defaultSizePx: 224,
  minSizePx: RESNET_SMALLEST_PX,
  defaultCut: 'conv5_block3_out',
} as const;

const RESNET_V2 = {
  trainedOn: 'ImageNet',
  license: 'see Keras',
  paper: 'https://arxiv.org/abs/1603.05027',
  preprocessing: MINUS_ONE_TO_ONE,
  defaultSizePx: 224,
  minSizePx: RESNET_SMALLEST_PX,
  defaultCut: 'post_relu',
} as const;

const DENSENET = {
  trainedOn: 'ImageNet',
  license: 'BSD-3-Clause',
  paper: 'https://arxiv.org/abs/1608.06993',
  preprocessing: TORCH_PREPROCESSING,
  defaultSizePx: 224,
  minSizePx: DENSENET_SMALLEST_PX,
  defaultCut: 'relu',
} as const;

export const classicKerasConfigs: readonly KerasConfig[] = [
  {
    ...VGG,
    id: 'vgg16',
    title: 'VGG16',
    architecture: 'vgg16',
    build: vgg16,
    ...addresses('vgg16', 'vgg16', '6d6bbae143d832006294945121d1f1fc', '64373286793e3c8b2b4e3219cbf3544b'),
    defaultCut: 'block5_conv3',
    parameters: 14_714_688,
    top1: 0.713,
  },
  {
    ...VGG,
    id: 'vgg19',
    title: 'VGG19',
    architecture: 'vgg19',
    build: vgg19,
    ...addresses('vgg19', 'vgg19', '253f8cb515780f3b799900260a226db6', 'cbe5617147190e668d6c5d5026f83318'),
    defaultCut: 'block5_conv4',
    parameters: 20_024_384,
    top1: 0.713,
  },
  {
    ...RESNET,
    id: 'resnet50',
    title: 'ResNet50',
    architecture: 'resnet50',
    build: resNet50,
    ...addresses(
      'resnet',
      'resnet50',
      '4d473c1dd8becc155b73f8504c6f6626',
      '2cb95161c43110f7111970584f804107',
    ),
    parameters: 23_587_712,
    top1: 0.749,
  },
  {
    ...RESNET,
    id: 'resnet101',
    title: 'ResNet101',
    architecture: 'resnet101',
    build: resNet101,
    ...addresses(
      'resnet',
      'resnet101',
      '88cf7a10940856eca736dc7b7e228a21',
      'f1aeb4b969a6efcfb50fad2f0c20cfc5',
    ),
    parameters: 42_658_176,
    top1: 0.764,
  },
  {
    ...RESNET,
    id: 'resnet152',
    title: 'ResNet152',
    architecture: 'resnet152',
    build: resNet152,
    ...addresses(
      'resnet',
      'resnet152',
      'ee4c566cf9a93f14d82f913c2dc6dd0c',
      '100835be76be38e30d865e96f2aaae62',
    ),
    parameters: 58_370_944,
    top1: 0.766,
  },
  {
    ...RESNET_V2,
    id: 'resnet50v2',
    title: 'ResNet50V2',
    architecture: 'resnet50v2',
    build: resNet50V2,
    ...addresses(
      'resnet',
      'resnet50v2',
      'fac2f116257151a9d068a22e544a4917',
      '3ef43a0b657b3be2300d5770ece849e0',
    ),
    parameters: 23_564_800,
    top1: 0.76,
  },
  {
    ...RESNET_V2,
    id: 'resnet101v2',
    title: 'ResNet101V2',
    architecture: 'resnet101v2',
    build: resNet101V2,
    ...addresses(
      'resnet',
      'resnet101v2',
      'c0ed64b8031c3730f411d2eb4eea35b5',
      '6343647c601c52e1368623803854d971',
    ),
    parameters: 42_626_560,
    top1: 0.772,
  },
  {
    ...RESNET_V2,
    id: 'resnet152v2',
    title: 'ResNet152V2',
    architecture: 'resnet152v2',
    build: resNet152V2,
    ...addresses(
      'resnet',
      'resnet152v2',
      'ed17cf2e0169df9d443503ef94b23b33',
      'a49b44d1979771252814e80f8ec446f9',
    ),
    parameters: 58_331_648,
    top1: 0.78,
  },
  {
    ...DENSENET,
    id: 'densenet121',
    title: 'DenseNet121',
    architecture: 'densenet121',
    build: denseNet121,
    ...addresses(
      'densenet',
      'densenet121',
      '30ee3e1110167f948a6b9946edeeb738',
      '9d60b8095a5708f2dcce2bca79d332c7',
    ),
    parameters: 7_037_504,
    top1: 0.75,
  },
  {
    ...DENSENET,
    id: 'densenet169',
    title: 'DenseNet169',
    architecture: 'densenet169',
    build: denseNet169,
    ...addresses(
      'densenet',
      'densenet169',
      'b8c4d4c20dd625c148057b9ff1c1176b',
      'd699b8f76981ab1b30698df4c175e90b',
    ),
    parameters: 12_642_880,
    top1: 0.762,
  },
  {
    ...DENSENET,
    id: 'densenet201',
    title: 'DenseNet201',
    architecture: 'densenet201',
    build: denseNet201,
    ...addresses(
      'densenet',
      'densenet201',
      'c13680b51ded0fb44dff2d8f86ac8bb1',
      '1ceb130c1ea1b78c3bf6114dbdfd8807',
    ),
    parameters: 18_321_984,
    top1: 0.773,
  },
  {
    id: 'xception',
    title: 'Xception',
    architecture: 'xception',
    build: xception,
    ...addresses(
      'xception',
      'xception',
      'b0042744bf5b25fce3cb969f33bebb97',
      '0a58e3b7378bc2990ea3b43d5981f1f6',
    ),
    trainedOn: 'ImageNet',
    license: 'MIT',
    paper: 'https://arxiv.org/abs/1610.02357',
    preprocessing: MINUS_ONE_TO_ONE,
    defaultSizePx: 299,
    minSizePx: XCEPTION_SMALLEST_PX,
    defaultCut: 'block14_sepconv2_act',
    parameters: 20_861_480,
    top1: 0.79,
  },
  {
    id: 'inception_v3',
    title: 'InceptionV3',
    architecture: 'inception_v3',
    build: inceptionV3,
    ...addresses(
      'inception_v3',
      'inception_v3',
      'bcbd6486424b2319ff4ef7d526e38f63',
      '9a0d58056eeedaa3f26cb7ebd46da564',
    ),
    trainedOn: 'ImageNet',
    license: 'Apache-2.0',
    paper: 'https://arxiv.org/abs/1512.00567',
    preprocessing: MINUS_ONE_TO_ONE,
    // The textbook's size and cut; it was trained at 299 px, and ends in mixed10.
    defaultSizePx: 150,
    minSizePx: INCEPTION_V3_SMALLEST_PX,
    defaultCut: 'mixed7',
    parameters: 21_802_784,
    top1: 0.779,
  },
  {
    id: 'inception_resnet_v2',
    title: 'InceptionResNetV2',
    architecture: 'inception_resnet_v2',
    build: inceptionResNetV2,
    ...addresses(
      'inception_resnet_v2',
      'inception_resnet_v2',
      'd19885ff4a710c122648d3b5c3b684e4',
      'e693bd0210a403b3192acc6073ad2e96',
    ),
    trainedOn: 'ImageNet',
    license: 'Apache-2.0',
    paper: 'https://arxiv.org/abs/1602.07261',
    preprocessing: MINUS_ONE_TO_ONE,
    defaultSizePx: 299,
    minSizePx: INCEPTION_RESNET_V2_SMALLEST_PX,
    defaultCut: 'conv_7b_ac',
    parameters: 54_336_736,
    top1: 0.803,
  },
];

function addresses(
  folder: string,
  network: string,
  md5: string,
  md5WithTop: string,
): { readonly weights: WeightAddress; readonly weightsWithTop: WeightAddress } {
  const url = `${KERAS_WEIGHTS_URL}/${folder}/${network}_weights_tf_dim_ordering_tf_kernels`;
  return {
    weights: { url: `${url}_notop.h5`, md5 },
    weightsWithTop: { url: `${url}.h5`, md5: md5WithTop },
  };
}
