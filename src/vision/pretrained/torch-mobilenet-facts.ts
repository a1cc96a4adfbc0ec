/** @file What is known of MobileNetV2 and V3 as PyTorch builds them, whoever brings the weights. */

import { MOBILENET_V2_SMALLEST_PX, mobileNetV2 } from '../architectures/mobilenet-v2.ts';
import {
  MOBILENET_V3_SMALLEST_PX,
  mobileNetV3Large,
  mobileNetV3Small,
} from '../architectures/mobilenet-v3.ts';
import { TORCH_PREPROCESSING } from '../preprocessing/preprocessing.ts';
import { BROUGHT, type TorchNetworkFacts } from './torch-network.ts';

const COMMON = {
  ...BROUGHT,
  preprocessing: TORCH_PREPROCESSING,
  preprocessingSource: 'as torchvision and timm train MobileNets; --preprocessing says otherwise',
  defaultSizePx: 224,
} as const;

/** @param alpha - The width, one of those that weights were published for. */
export function torchMobileNetV2Facts(alpha: number): TorchNetworkFacts {
  const width = alpha === 1 ? '' : `_${String(Math.round(100 * alpha)).padStart(3, '0')}`;
  const id = `mobilenet_v2${width}`;
  return {
    ...COMMON,
    id,
    title: `${id}, as PyTorch builds it, from a file`,
    architecture: `torch_${id}`,
    build: (options) => mobileNetV2({ name: id, ...options, alpha, padding: 'torch' }),
    paper: 'https://arxiv.org/abs/1801.04381',
    minSizePx: MOBILENET_V2_SMALLEST_PX,
    defaultCut: 'out_relu',
  };
}

/** Its last layer has no name but the one that Keras counts. */
const V3_ENDS = { small: 'activation_17', large: 'activation_19' } as const;

export function torchMobileNetV3Facts(size: 'small' | 'large'): TorchNetworkFacts {
  const factory = size === 'small' ? mobileNetV3Small : mobileNetV3Large;
  const id = `mobilenet_v3_${size}`;
  return {
    ...COMMON,
    id,
    title: `${id}, as PyTorch builds it, from a file`,
    architecture: `torch_${id}`,
    build: (options) => factory({ name: id, ...options, includePreprocessing: false, padding: 'torch' }),
    paper: 'https://arxiv.org/abs/1905.02244',
    minSizePx: MOBILENET_V3_SMALLEST_PX,
    defaultCut: V3_ENDS[size],
  };
}
