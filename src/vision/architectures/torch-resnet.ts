/**
 * @file The ResNets of torchvision and timm: 18 and 34 with blocks of two convolutions, 50 and more with three, wide ones,
 * and ResNeXt with groups. They differ from Keras' ones: the stride is in the 3 x 3 convolution, and convolutions have no
 * bias. Layers have the names of Keras' ResNets.
 * @see https://arxiv.org/abs/1512.03385
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';
import { RESNET_POOLING_NAMES, RESNET_SMALLEST_PX, type StackBlocks } from './resnet.ts';

export interface TorchResNetOptions extends ArchitectureOptions {
  /** Blocks of the stacks `conv2` to `conv5`, PyTorch's `layer1` to `layer4`. */
  readonly blocks: StackBlocks;
  /** Of two 3 x 3 convolutions, or of 1 x 1, 3 x 3 and 1 x 1. */
  readonly block: 'basic' | 'bottleneck';
  /** Channels of the 3 x 3 convolutions in `conv2`; each further stack has twice as many. Default 64. */
  readonly width?: number;
  /** Groups of the 3 x 3 convolutions in bottlenecks. Default 1. */
  readonly groups?: number;
}

/** PyTorch's default. */
const EPSILON = 1e-5;
const MOMENTUM = 0.9;
const STEM_FILTERS = 64;

/** How much more channels a bottleneck gives than a basic block of the same stack. */
const EXPANSION = { basic: 1, bottleneck: 4 } as const;

/**
 * Builds a ResNet on images `[N, H, W, C]`, ImageNet's mean taken off and divided by its deviation. Weights are not set.
 *
 * @returns The model; without its top its output is the last block's, `conv5_block3_out` of ResNet50, `[N, H / 32, W / 32, C]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function torchResNet(options: TorchResNetOptions): Functional {
  const { inputShape, blocks, block, width = 64, groups = 1, name = 'torch_resnet' } = options;
  checkInputShape(name, inputShape, RESNET_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = convolve(start, { filters: STEM_FILTERS, kernelSize: 7, strides: 2, groups: 1, name: 'conv1' });
  x = rectify(x, 'conv1_relu');
  x = layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }).apply(x);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }).apply(x);
  for (const [stack, count] of blocks.entries()) {
    for (let index = 0; index < count; index++) {
      const outputs = 64 * 2 ** stack * EXPANSION[block];
      const shape = {
        inner: width * 2 ** stack,
        outputs,
        strides: stack > 0 && index === 0 ? 2 : 1,
        groups,
        projects: index === 0 && (stack > 0 || outputs !== STEM_FILTERS),
        name: `conv${stack + 2}_block${index + 1}`,
      };
      x = block === 'basic' ? basicBlock(x, shape) : bottleneck(x, shape);
    }
  }
  const outputs = finishTop(x, options, 'avg_pool', RESNET_POOLING_NAMES);
  return new Functional({ inputs: start, outputs, name });
}

interface BlockShape {
  readonly inner: number;
  readonly outputs: number;
  readonly strides: number;
  readonly groups: number;
  readonly projects: boolean;
  readonly name: string;
}

function basicBlock(start: SymbolicTensor, shape: BlockShape): SymbolicTensor {
  const { inner, outputs, strides, name } = shape;
  let x = convolve(start, { filters: inner, kernelSize: 3, strides, groups: 1, name: `${name}_1` });
  x = rectify(x, `${name}_1_relu`);
  x = convolve(x, { filters: outputs, kernelSize: 3, strides: 1, groups: 1, name: `${name}_2` });
  return join(start, x, shape);
}

function bottleneck(start: SymbolicTensor, shape: BlockShape): SymbolicTensor {
  const { inner, outputs, strides, groups, name } = shape;
  let x = convolve(start, { filters: inner, kernelSize: 1, strides: 1, groups: 1, name: `${name}_1` });
  x = rectify(x, `${name}_1_relu`);
  x = convolve(x, { filters: inner, kernelSize: 3, strides, groups, name: `${name}_2` });
  x = rectify(x, `${name}_2_relu`);
  x = convolve(x, { filters: outputs, kernelSize: 1, strides: 1, groups: 1, name: `${name}_3` });
  return join(start, x, shape);
}

function join(
  start: SymbolicTensor,
  x: SymbolicTensor,
  { outputs, strides, projects, name }: BlockShape,
): SymbolicTensor {
  const shortcut = projects
    ? convolve(start, { filters: outputs, kernelSize: 1, strides, groups: 1, name: `${name}_0` })
    : start;
  const sum = layers.add({ name: `${name}_add` }).apply([shortcut, x]);
  return rectify(sum, `${name}_out`);
}

interface ConvolveOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly groups: number;
  /** Of the convolution and its normalization, less their endings. */
  readonly name: string;
}

/** PyTorch pads all sides alike, where Keras' `same` pads the far ones first. */
function convolve(x: SymbolicTensor, { name, ...options }: ConvolveOptions): SymbolicTensor {
  const { kernelSize, strides } = options;
  const isPadded = strides > 1 && kernelSize > 1;
  const padded = isPadded
    ? layers.zeroPadding2d({ padding: (kernelSize - 1) / 2, name: `${name}_pad` }).apply(x)
    : x;
  const convolved = layers
    .conv2d({ ...options, padding: isPadded ? 'valid' : 'same', useBias: false, name: `${name}_conv` })
    .apply(padded);
  return layers
    .batchNormalization({ epsilon: EPSILON, momentum: MOMENTUM, name: `${name}_bn` })
    .apply(convolved);
}

function rectify(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'relu', name }).apply(x);
}
