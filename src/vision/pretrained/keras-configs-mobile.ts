/**
 * @file Pretrained configs of MobileNet V1 to V3, NASNetMobile and NASNetLarge. Addresses and hashes are those in the source of Keras 3, licenses
 * those that Keras 2 stated. Top-1 is from the table at keras.io/api/applications, and for the networks that are not in
 * it from the docstrings of Keras' sources.
 */

import { MOBILENET_SMALLEST_PX, mobileNet } from '../architectures/mobilenet.ts';
import { MOBILENET_V2_SMALLEST_PX, mobileNetV2 } from '../architectures/mobilenet-v2.ts';
import {
  MOBILENET_V3_SMALLEST_PX,
  mobileNetV3Large,
  mobileNetV3Small,
} from '../architectures/mobilenet-v3.ts';
import { NASNET_SMALLEST_PX, nasNetLarge, nasNetMobile } from '../architectures/nasnet.ts';
import { INSIDE_PREPROCESSING, MINUS_ONE_TO_ONE } from '../preprocessing/preprocessing.ts';
import { KERAS_WEIGHTS_URL, type KerasConfig } from './pretrained-config.ts';

/** Without the top; with it. */
type Hashes = readonly [hash: string, hashWithTop: string];

interface Metrics {
  readonly hashes: Hashes;
  readonly parameters: number;
  readonly top1: number;
}

/** MobileNetV3's last layer without its top has no name but the one that Keras counts. */
const LAST_ACTIVATIONS: Readonly<Record<string, string>> = {
  small_false: 'activation_17',
  small_true: 're_lu_22',
  large_false: 'activation_19',
  large_true: 're_lu_30',
};

const NASNET = {
  trainedOn: 'ImageNet',
  license: 'Apache-2.0',
  paper: 'https://arxiv.org/abs/1707.07012',
  preprocessing: MINUS_ONE_TO_ONE,
  minSizePx: NASNET_SMALLEST_PX,
} as const;

export const mobileKerasConfigs: readonly KerasConfig[] = [
  mobileNetConfig(1, '1_0', { parameters: 3_228_864, top1: 0.704 }),
  mobileNetConfig(0.75, '7_5', { parameters: 1_832_976, top1: 0.684 }),
  mobileNetConfig(0.5, '5_0', { parameters: 829_536, top1: 0.637 }),
  mobileNetConfig(0.25, '2_5', { parameters: 218_544, top1: 0.506 }),
  mobileNetV2Config(1, { parameters: 2_257_984, top1: 0.713 }),
  mobileNetV2Config(1.4, { parameters: 4_363_712, top1: 0.75 }),
  mobileNetV2Config(1.3, { parameters: 3_766_048, top1: 0.744 }),
  mobileNetV2Config(0.75, { parameters: 1_382_064, top1: 0.698 }),
  mobileNetV2Config(0.5, { parameters: 706_224, top1: 0.654 }),
  mobileNetV2Config(0.35, { parameters: 410_208, top1: 0.603 }),
  mobileNetV3Config(
    'small',
    { minimalistic: true, alpha: 1 },
    {
      hashes: ['cde8136e733e811080d9fcd8a252f7e4', '99cd97fb2fcdad2bf028eb838de69e37'],
      parameters: 441_000,
      top1: 0.619,
    },
  ),
  mobileNetV3Config(
    'small',
    { minimalistic: false, alpha: 0.75 },
    {
      hashes: ['ebdb5cc8e0b497cd13a7c275d475c819', 'cb65d4e5be93758266aa0a7f2c6708b7'],
      parameters: 583_160,
      top1: 0.654,
    },
  ),
  mobileNetV3Config(
    'small',
    { minimalistic: false, alpha: 1 },
    {
      hashes: ['d3e8ec802a04aa4fc771ee12a9a9b836', '8768d4c2e7dee89b9d02b2d03d65d862'],
      parameters: 939_120,
      top1: 0.681,
    },
  ),
  mobileNetV3Config(
    'large',
    { minimalistic: true, alpha: 1 },
    {
      hashes: ['ec5221f64a2f6d1ef965a614bdae7973', '675e7b876c45c57e9e63e6d90a36599c'],
      parameters: 1_437_608,
      top1: 0.723,
    },
  ),
  mobileNetV3Config(
    'large',
    { minimalistic: false, alpha: 0.75 },
    {
      hashes: ['40af19a13ebea4e2ee0c676887f69a2e', '765b44a33ad4005b3ac83185abf1d0eb'],
      parameters: 1_808_736,
      top1: 0.733,
    },
  ),
  mobileNetV3Config(
    'large',
    { minimalistic: false, alpha: 1 },
    {
      hashes: ['07fb09a5933dd0c8eaafa16978110389', '59e551e166be033d707958cf9e29a6a7'],
      parameters: 2_996_352,
      top1: 0.756,
    },
  ),
  {
    ...NASNET,
    id: 'nasnet_mobile',
    title: 'NASNetMobile',
    architecture: 'nasnet_mobile',
    build: nasNetMobile,
    weights: {
      url: `${KERAS_WEIGHTS_URL}/nasnet/NASNet-mobile-no-top.h5`,
      md5: '1ed92395b5b598bdda52abe5c0dbfd63',
    },
    weightsWithTop: {
      url: `${KERAS_WEIGHTS_URL}/nasnet/NASNet-mobile.h5`,
      md5: '020fb642bf7360b370c678b08e0adf61',
    },
    defaultSizePx: 224,
    defaultCut: 'activation_187',
    parameters: 4_269_716,
    top1: 0.744,
  },
  {
    ...NASNET,
    id: 'nasnet_large',
    title: 'NASNetLarge',
    architecture: 'nasnet_large',
    build: nasNetLarge,
    weights: {
      url: `${KERAS_WEIGHTS_URL}/nasnet/NASNet-large-no-top.h5`,
      md5: 'd81d89dc07e6e56530c4e77faddd61b5',
    },
    weightsWithTop: {
      url: `${KERAS_WEIGHTS_URL}/nasnet/NASNet-large.h5`,
      md5: '11577c9a518f0070763c2b964a382f17',
    },
    defaultSizePx: 331,
    defaultCut: 'activation_259',
    parameters: 84_916_818,
    top1: 0.825,
  },
];

/** `_075` for a width of 0.75, nothing for 1. */
function widthSuffix(alpha: number): string {
  return alpha === 1 ? '' : `_${String(Math.round(100 * alpha)).padStart(3, '0')}`;
}

/** Keras states no hashes for MobileNet. Its files differ by the size they were trained with, too: these are 224 px. */
function mobileNetConfig(
  alpha: number,
  width: string,
  { parameters, top1 }: Omit<Metrics, 'hashes'>,
): KerasConfig {
  const url = `${KERAS_WEIGHTS_URL}/mobilenet/mobilenet_${width}_224_tf`;
  return {
    id: `mobilenet${widthSuffix(alpha)}`,
    title: `MobileNet ${alpha}`,
    architecture: 'mobilenet',
    alpha,
    build: (options) => mobileNet({ ...options, alpha }),
    weights: { url: `${url}_no_top.h5` },
    weightsWithTop: { url: `${url}.h5` },
    trainedOn: 'ImageNet',
    license: 'Apache-2.0',
    paper: 'https://arxiv.org/abs/1704.04861',
    preprocessing: MINUS_ONE_TO_ONE,
    defaultSizePx: 224,
    minSizePx: MOBILENET_SMALLEST_PX,
    defaultCut: 'conv_pw_13_relu',
    parameters,
    top1,
  };
}

/** As for MobileNet: no hashes, and the files for 224 px. */
function mobileNetV2Config(alpha: number, { parameters, top1 }: Omit<Metrics, 'hashes'>): KerasConfig {
  const width = Number.isInteger(alpha) ? alpha.toFixed(1) : `${alpha}`;
  const url = `${KERAS_WEIGHTS_URL}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_224`;
  return {
    id: `mobilenet_v2${widthSuffix(alpha)}`,
    title: `MobileNetV2 ${alpha}`,
    architecture: 'mobilenet_v2',
    alpha,
    build: (options) => mobileNetV2({ ...options, alpha }),
    weights: { url: `${url}_no_top.h5` },
    weightsWithTop: { url: `${url}.h5` },
    trainedOn: 'ImageNet',
    license: 'Apache-2.0',
    paper: 'https://arxiv.org/abs/1801.04381',
    preprocessing: MINUS_ONE_TO_ONE,
    defaultSizePx: 224,
    minSizePx: MOBILENET_V2_SMALLEST_PX,
    defaultCut: 'out_relu',
    parameters,
    top1,
  };
}

function mobileNetV3Config(
  size: 'small' | 'large',
  { minimalistic, alpha }: { readonly minimalistic: boolean; readonly alpha: number },
  { hashes, parameters, top1 }: Metrics,
): KerasConfig {
  const network = minimalistic ? `${size}_minimalistic` : size;
  const factory = size === 'small' ? mobileNetV3Small : mobileNetV3Large;
  const file = `${KERAS_WEIGHTS_URL}/mobilenet_v3/weights_mobilenet_v3_${network}_224_${alpha === 1 ? '1.0' : alpha}_float`;
  const width = alpha === 1 ? '' : ` ${alpha}`;
  return {
    id: `mobilenet_v3_${network}${widthSuffix(alpha)}`,
    title: `MobileNetV3 ${size}${minimalistic ? ', minimalistic' : ''}${width}`,
    architecture: `mobilenet_v3_${network}`,
    alpha,
    build: (options) => factory({ ...options, alpha, minimalistic }),
    otherForms: [
      {
        build: (options) => factory({ ...options, alpha, minimalistic, includePreprocessing: false }),
        preprocessing: MINUS_ONE_TO_ONE,
        note: 'The network was built with include_preprocessing=False: it takes pixels in [-1, 1].',
      },
    ],
    weights: { url: `${file}_no_top_v2.h5`, md5: hashes[0] },
    weightsWithTop: { url: `${file}.h5`, md5: hashes[1] },
    trainedOn: 'ImageNet',
    license: 'see Keras',
    paper: 'https://arxiv.org/abs/1905.02244',
    preprocessing: INSIDE_PREPROCESSING,
    defaultSizePx: 224,
    minSizePx: MOBILENET_V3_SMALLEST_PX,
    defaultCut: LAST_ACTIVATIONS[`${size}_${minimalistic}`]!,
    parameters,
    top1,
  };
}
