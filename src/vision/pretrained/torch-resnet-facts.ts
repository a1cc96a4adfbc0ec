/** @file What is known of a ResNet as PyTorch builds it, whoever brings the weights. */

import { RESNET_SMALLEST_PX } from '../architectures/resnet.ts';
import { type TorchResNetOptions, torchResNet } from '../architectures/torch-resnet.ts';
import { TORCH_PREPROCESSING } from '../preprocessing/preprocessing.ts';
import { BROUGHT, type TorchNetworkFacts } from './torch-network.ts';

export type TorchResNetShape = Required<Pick<TorchResNetOptions, 'blocks' | 'block' | 'width' | 'groups'>>;

/** Depths that have names, by blocks. */
const DEPTHS: Readonly<Record<string, number>> = {
  'basic 2,2,2,2': 18,
  'basic 3,4,6,3': 34,
  'bottleneck 2,2,2,2': 26,
  'bottleneck 3,4,6,3': 50,
  'bottleneck 3,4,23,3': 101,
  'bottleneck 3,8,36,3': 152,
};

export function torchResNetFacts({ blocks, block, width, groups }: TorchResNetShape): TorchNetworkFacts {
  const depth = DEPTHS[`${block} ${blocks.join()}`];
  const perGroup = width / groups;
  const kind =
    groups > 1
      ? `resnext${depth}_${groups}x${perGroup}d`
      : width === 64
        ? `resnet${depth}`
        : `wide_resnet${depth}_${width / 64}`;
  const id = depth === undefined ? `resnet of ${blocks.join(', ')} blocks` : kind;
  return {
    ...BROUGHT,
    id,
    title: `${id}, as PyTorch builds it, from a file`,
    architecture: `torch_${kind}`,
    build: (options) =>
      torchResNet({ name: depth === undefined ? 'resnet' : kind, ...options, blocks, block, width, groups }),
    paper: 'https://arxiv.org/abs/1512.03385',
    preprocessing: TORCH_PREPROCESSING,
    preprocessingSource: 'as torchvision and timm train ResNets; --preprocessing says otherwise',
    defaultSizePx: 224,
    minSizePx: RESNET_SMALLEST_PX,
    defaultCut: `conv5_block${blocks[3]}_out`,
  };
}
