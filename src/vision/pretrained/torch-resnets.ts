/** @file ResNets of torchvision, timm and transformers, by the names and sizes of their tensors. */

import type { StackBlocks } from '../architectures/resnet.ts';
import { type TorchFamily, withParameters } from './torch-network.ts';
import { type TorchResNetShape, torchResNetFacts } from './torch-resnet-facts.ts';
import { countBlocks, findPrefix, modulePlaces, type TorchTensors } from './torch-weights.ts';

export const torchResNets: TorchFamily = {
  title: 'ResNet, Wide ResNet and ResNeXt (torchvision, timm, transformers)',
  recognize(tensors) {
    for (const naming of NAMINGS) {
      const prefix = findPrefix(tensors, naming.stem('conv'));
      const shape = prefix === undefined ? undefined : shapeOf(tensors, naming, prefix);
      if (prefix === undefined || shape === undefined) continue;
      return {
        pretrainedConfig: withParameters(torchResNetFacts(shape)),
        places: (layers) => modulePlaces(layers, (layer) => `${prefix}${moduleOf(layer, naming)}`),
      };
    }
    return undefined;
  },
};

/** How a program calls the modules, less what stands before all of them. */
interface Naming {
  /** Of the first convolution's weights, and of its normalization. */
  readonly stem: (part: Part) => string;
  /** What stands before the index of a block; stacks count from 0. */
  readonly stack: (stack: number) => string;
  /** In a block; convolutions count from 0. */
  readonly inBlock: (index: number, part: Part) => string;
  readonly shortcut: (part: Part) => string;
}

type Part = 'conv' | 'bn';

const NAMINGS: readonly Naming[] = [
  {
    stem: (part) => (part === 'conv' ? 'conv1.weight' : 'bn1.weight'),
    stack: (stack) => `layer${stack + 1}.`,
    inBlock: (index, part) => `${part}${index + 1}`,
    shortcut: (part) => `downsample.${part === 'conv' ? 0 : 1}`,
  },
  {
    stem: (part) => `embedder.embedder.${transformersPart(part)}.weight`,
    stack: (stack) => `encoder.stages.${stack}.layers.`,
    inBlock: (index, part) => `layer.${index}.${transformersPart(part)}`,
    shortcut: (part) => `shortcut.${transformersPart(part)}`,
  },
];

function transformersPart(part: Part): string {
  return part === 'conv' ? 'convolution' : 'normalization';
}

/** Undefined for a network that only begins alike. */
function shapeOf(tensors: TorchTensors, naming: Naming, prefix: string): TorchResNetShape | undefined {
  const sizes = (stack: number, block: number, module: string): readonly number[] | undefined =>
    tensors.shape(`${prefix}${naming.stack(stack)}${block}.${module}.weight`);
  const [filters, , side] = tensors.shape(`${prefix}${naming.stem('conv')}`) ?? [];
  const second = sizes(0, 0, naming.inBlock(1, 'conv'));
  const third = sizes(0, 0, naming.inBlock(2, 'conv'));
  if (filters !== 64 || side !== 7 || second === undefined) return undefined;
  const blocks = [0, 1, 2, 3].map((stack) => countBlocks(tensors, `${prefix}${naming.stack(stack)}`));
  const isPlain = !tensors.names.some((name) => /\.(se|attn|conv_dw|fc1|aa)\./.test(name));
  if (blocks.some((count) => count === 0) || !isPlain) return undefined;
  const [width = 0, inGroup = 0] = second;
  return {
    blocks: blocks as unknown as StackBlocks,
    block: third === undefined ? 'basic' : 'bottleneck',
    width,
    groups: third === undefined ? 1 : width / inGroup,
  };
}

/** The module of a layer: `conv3_block1_0_bn` is `layer2.0.downsample.1`. */
function moduleOf(layer: string, { stem, stack, inBlock, shortcut }: Naming): string {
  const [, index, block, place, part = ''] = /^conv(\d)_block(\d+)_(\d)_(conv|bn)$/.exec(layer) ?? [];
  if (index === undefined) {
    const name = stem(layer.endsWith('_bn') ? 'bn' : 'conv');
    return name.slice(0, -'.weight'.length);
  }
  const module = place === '0' ? shortcut(part as Part) : inBlock(Number(place) - 1, part as Part);
  return `${stack(Number(index) - 2)}${Number(block) - 1}.${module}`;
}
