/**
 * @file Pretrained configs of EfficientNet, EfficientNetV2 and ConvNeXt. Addresses and hashes are those in the source of Keras 3;
 * top-1 is from the table at keras.io/api/applications.
 */

import {
  CONVNEXT_SMALLEST_PX,
  type ConvNeXtVariant,
  convNeXt,
  convNeXtInnerModel,
} from '../architectures/convnext.ts';
import {
  EFFICIENTNET_SCALINGS,
  EFFICIENTNET_SMALLEST_PX,
  type EfficientNetVariant,
  efficientNet,
} from '../architectures/efficientnet.ts';
import {
  EFFICIENTNET_V2_SMALLEST_PX,
  EFFICIENTNET_V2_VARIANTS,
  type EfficientNetV2Variant,
  efficientNetV2,
} from '../architectures/efficientnet-v2.ts';
import {
  INSIDE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  TORCH_PREPROCESSING,
} from '../preprocessing/preprocessing.ts';
import { KERAS_WEIGHTS_URL, type KerasConfig } from './pretrained-config.ts';

/** Keras keeps EfficientNet's files in another place than all others'. */
const EFFICIENTNET_URL = 'https://storage.googleapis.com/keras-applications';

const CONVNEXT_TITLES: Readonly<Record<ConvNeXtVariant, string>> = {
  tiny: 'Tiny',
  small: 'Small',
  base: 'Base',
  large: 'Large',
  xlarge: 'XLarge',
};

/** Without the top; with it. */
type Hashes = readonly [hash: string, hashWithTop: string];

interface Metrics {
  readonly hashes: Hashes;
  readonly parameters: number;
  readonly top1: number;
}

export const recentKerasConfigs: readonly KerasConfig[] = [
  efficientNetConfig('b0', {
    hashes: ['50bc09e76180e00e4465e1a485ddc09d', '902e53a9f72be733fc0bcb005b3ebbac'],
    parameters: 4_049_571,
    top1: 0.771,
  }),
  efficientNetConfig('b1', {
    hashes: ['74c4e6b3e1f6a1eea24c589628592432', '1d254153d4ab51201f1646940f018540'],
    parameters: 6_575_239,
    top1: 0.791,
  }),
  efficientNetConfig('b2', {
    hashes: ['111f8e2ac8aa800a7a99e3239f7bfb39', 'b15cce36ff4dcbd00b6dd88e7857a6ad'],
    parameters: 7_768_569,
    top1: 0.801,
  }),
  efficientNetConfig('b3', {
    hashes: ['af6d107764bb5b1abb91932881670226', 'ffd1fdc53d0ce67064dc6a9c7960ede0'],
    parameters: 10_783_535,
    top1: 0.816,
  }),
  efficientNetConfig('b4', {
    hashes: ['ebc24e6d6c33eaebbd558eafbeedf1ba', '18c95ad55216b8f92d7e70b3a046e2fc'],
    parameters: 17_673_823,
    top1: 0.829,
  }),
  efficientNetConfig('b5', {
    hashes: ['38879255a25d3c92d5e44e04ae6cec6f', 'ace28f2a6363774853a83a0b21b9421a'],
    parameters: 28_513_527,
    top1: 0.836,
  }),
  efficientNetConfig('b6', {
    hashes: ['9ecce42647a20130c1f39a5d4cb75743', '165f6e37dce68623721b423839de8be5'],
    parameters: 40_960_143,
    top1: 0.84,
  }),
  efficientNetConfig('b7', {
    hashes: ['cbcfe4450ddf6f3ad90b1b398090fe4a', '8c03f828fec3ef71311cd463b6759d99'],
    parameters: 64_097_687,
    top1: 0.843,
  }),
  efficientNetV2Config('b0', {
    hashes: ['893217f2bb855e2983157299931e43ff', '21ecbf6da12460d5c40bb2f29ceb2188'],
    parameters: 5_919_312,
    top1: 0.787,
  }),
  efficientNetV2Config('b1', {
    hashes: ['0e80663031ca32d657f9caa404b6ec37', '069f0534ff22adf035c89e2d9547a9dc'],
    parameters: 6_931_124,
    top1: 0.798,
  }),
  efficientNetV2Config('b2', {
    hashes: ['1dfe2e7a5d45b6632553a8961ea609eb', '424e49f28180edbde1e94797771950a7'],
    parameters: 8_769_374,
    top1: 0.805,
  }),
  efficientNetV2Config('b3', {
    hashes: ['f6abf7b5849ac99a89b50dd3fd532856', '1f1fc43bd98a6e4fd8fdfd551e02c7a0'],
    parameters: 12_930_622,
    top1: 0.82,
  }),
  efficientNetV2Config('s', {
    hashes: ['af0682fb74e8c54910f2d4393339c070', 'e1d88a8495beba45748fedd0cecbe016'],
    parameters: 20_331_360,
    top1: 0.839,
  }),
  efficientNetV2Config('m', {
    hashes: ['1b8dc055df72dde80d614482840fe342', 'a3bf6aa3276309f4fc6a34aa114c95cd'],
    parameters: 53_150_388,
    top1: 0.853,
  }),
  efficientNetV2Config('l', {
    hashes: ['b0b66b5c863aef5b46e8608fe1711615', '27e6d408b53c7ebc868fefa357689935'],
    parameters: 117_746_848,
    top1: 0.857,
  }),
  convNeXtConfig('tiny', {
    hashes: [
      'd547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1',
      '8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff',
    ],
    parameters: 27_820_128,
    top1: 0.813,
  }),
  convNeXtConfig('small', {
    hashes: [
      '6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab',
      'ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c',
    ],
    parameters: 49_454_688,
    top1: 0.823,
  }),
  convNeXtConfig('base', {
    hashes: [
      '40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45',
      '52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6',
    ],
    parameters: 87_566_464,
    top1: 0.853,
  }),
  convNeXtConfig('large', {
    hashes: [
      '96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd',
      '070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6',
    ],
    parameters: 196_230_336,
    top1: 0.863,
  }),
  convNeXtConfig('xlarge', {
    hashes: [
      'de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05',
      'c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee',
    ],
    parameters: 348_147_968,
    top1: 0.867,
  }),
];

function efficientNetConfig(
  variant: EfficientNetVariant,
  { hashes, parameters, top1 }: Metrics,
): KerasConfig {
  const file = `${EFFICIENTNET_URL}/efficientnet${variant}`;
  return {
    id: `efficientnet_${variant}`,
    title: `EfficientNet ${variant.toUpperCase()}`,
    architecture: `efficientnet_${variant}`,
    build: (options) => efficientNet(variant, options),
    otherForms: [
      {
        build: (options) => efficientNet(variant, { ...options, imagenetRescaling: false }),
        preprocessing: INSIDE_PREPROCESSING,
        note: 'The network is without the second Rescaling, which Keras adds for the weights of ImageNet only.',
      },
    ],
    weights: { url: `${file}_notop.h5`, md5: hashes[0] },
    weightsWithTop: { url: `${file}.h5`, md5: hashes[1] },
    trainedOn: 'ImageNet',
    license: 'see Keras',
    paper: 'https://arxiv.org/abs/1905.11946',
    preprocessing: INSIDE_PREPROCESSING,
    defaultSizePx: EFFICIENTNET_SCALINGS[variant].sizePx,
    minSizePx: EFFICIENTNET_SMALLEST_PX,
    defaultCut: 'top_activation',
    parameters,
    top1,
  };
}

function efficientNetV2Config(
  variant: EfficientNetV2Variant,
  { hashes, parameters, top1 }: Metrics,
): KerasConfig {
  const file = `${KERAS_WEIGHTS_URL}/efficientnet_v2/efficientnetv2-${variant}`;
  return {
    id: `efficientnet_v2_${variant}`,
    title: `EfficientNetV2 ${variant.toUpperCase()}`,
    architecture: `efficientnet_v2_${variant}`,
    build: (options) => efficientNetV2(variant, options),
    otherForms: [
      {
        build: (options) => efficientNetV2(variant, { ...options, includePreprocessing: false }),
        preprocessing: MINUS_ONE_TO_ONE,
        note: 'The network was built with include_preprocessing=False: it takes pixels in [-1, 1].',
      },
    ],
    weights: { url: `${file}_notop.h5`, md5: hashes[0] },
    weightsWithTop: { url: `${file}.h5`, md5: hashes[1] },
    trainedOn: 'ImageNet',
    license: 'see Keras',
    paper: 'https://arxiv.org/abs/2104.00298',
    preprocessing: INSIDE_PREPROCESSING,
    defaultSizePx: EFFICIENTNET_V2_VARIANTS[variant].sizePx,
    minSizePx: EFFICIENTNET_V2_SMALLEST_PX,
    defaultCut: 'top_activation',
    parameters,
    top1,
  };
}

/** Keras states SHA-256 for ConvNeXt alone. */
function convNeXtConfig(variant: ConvNeXtVariant, { hashes, parameters, top1 }: Metrics): KerasConfig {
  const file = `${KERAS_WEIGHTS_URL}/convnext/convnext_${variant}`;
  return {
    id: `convnext_${variant}`,
    title: `ConvNeXt ${CONVNEXT_TITLES[variant]}`,
    architecture: `convnext_${variant}`,
    build: (options) => convNeXt(variant, options),
    otherForms: [
      {
        build: (options) => convNeXt(variant, { ...options, includePreprocessing: false }),
        preprocessing: TORCH_PREPROCESSING,
        note: "The network was built with include_preprocessing=False: pixels are normalized by ImageNet's mean and deviation.",
      },
    ],
    innerModel: convNeXtInnerModel,
    weights: { url: `${file}_notop.h5`, sha256: hashes[0] },
    weightsWithTop: { url: `${file}.h5`, sha256: hashes[1] },
    trainedOn: 'ImageNet',
    license: 'see Keras',
    paper: 'https://arxiv.org/abs/2201.03545',
    preprocessing: INSIDE_PREPROCESSING,
    defaultSizePx: 224,
    minSizePx: CONVNEXT_SMALLEST_PX,
    defaultCut: 'layer_normalization',
    parameters,
    top1,
  };
}
