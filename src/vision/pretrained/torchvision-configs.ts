/**
 * @file Pretrained configs of torchvision's ResNets and MobileNets, `torchvision:NAME` for the weights that torchvision takes by
 * default, `torchvision:NAME@VERSION` for others. Addresses, with the first digits of each file's SHA-256 in its name, and top-1
 * are those in torchvision 0.29.
 */

import type { StackBlocks } from '../architectures/resnet.ts';
import type { PretrainedConfig } from './pretrained-config.ts';
import { torchMobileNetV2Facts, torchMobileNetV3Facts } from './torch-mobilenet-facts.ts';
import type { TorchNetworkFacts } from './torch-network.ts';
import { torchResNetFacts } from './torch-resnet-facts.ts';

/** Whether a network is named by its place at torchvision. */
export function isTorchvisionName(text: string): boolean {
  return text.startsWith(PREFIX);
}

const PREFIX = 'torchvision:';
const FOLDER = 'https://download.pytorch.org/models';

/** The first 8 digits of the file's SHA-256, and top-1 on ImageNet. */
type Published = readonly [digits: string, top1: number];

interface Row {
  /** As torchvision calls it. */
  readonly name: string;
  readonly facts: TorchNetworkFacts;
  /** Without the top. */
  readonly parameters: number;
  /** `IMAGENET1K_V1`, and `IMAGENET1K_V2`: the last is the default. */
  readonly weights: readonly Published[];
}

const ROWS: readonly Row[] = [
  resNet('resnet18', [2, 2, 2, 2], { block: 'basic' }, 11_186_112, ['f37072fd', 0.69758]),
  resNet('resnet34', [3, 4, 6, 3], { block: 'basic' }, 21_301_696, ['b627a593', 0.73314]),
  resNet('resnet50', [3, 4, 6, 3], {}, 23_561_152, ['0676ba61', 0.7613], ['11ad3fa6', 0.80858]),
  resNet('resnet101', [3, 4, 23, 3], {}, 42_605_504, ['63fe2227', 0.77374], ['cd907fc2', 0.81886]),
  resNet('resnet152', [3, 8, 36, 3], {}, 58_295_232, ['394f9c45', 0.78312], ['f82ba261', 0.82284]),
  resNet(
    'resnext50_32x4d',
    [3, 4, 6, 3],
    { width: 128, groups: 32 },
    23_048_128,
    ['7cdf4587', 0.77618],
    ['1a0047aa', 0.81198],
  ),
  resNet(
    'resnext101_32x8d',
    [3, 4, 23, 3],
    { width: 256, groups: 32 },
    86_945_216,
    ['8ba56ff5', 0.79312],
    ['110c445d', 0.82834],
  ),
  resNet('resnext101_64x4d', [3, 4, 23, 3], { width: 256, groups: 64 }, 81_609_152, ['173b62eb', 0.83246]),
  resNet(
    'wide_resnet50_2',
    [3, 4, 6, 3],
    { width: 128 },
    66_902_464,
    ['95faca4d', 0.78468],
    ['9ba9bcbe', 0.81602],
  ),
  resNet(
    'wide_resnet101_2',
    [3, 4, 23, 3],
    { width: 128 },
    124_975_552,
    ['32ee1156', 0.78848],
    ['d733dc28', 0.8251],
  ),
  {
    name: 'mobilenet_v2',
    facts: torchMobileNetV2Facts(1),
    parameters: 2_257_984,
    weights: [
      ['b0353104', 0.71878],
      ['7ebf99e0', 0.72154],
    ],
  },
  {
    name: 'mobilenet_v3_small',
    facts: torchMobileNetV3Facts('small'),
    parameters: 939_120,
    weights: [['047dcff4', 0.67668]],
  },
  {
    name: 'mobilenet_v3_large',
    facts: torchMobileNetV3Facts('large'),
    parameters: 2_996_352,
    weights: [
      ['8738ca79', 0.74042],
      ['5c1a4163', 0.75274],
    ],
  },
];

/** Each network's default first. */
export const torchvisionConfigs: readonly PretrainedConfig[] = ROWS.flatMap(
  ({ name, facts, parameters, weights }) =>
    weights
      .map(([digits, top1], index): PretrainedConfig => {
        const version = `IMAGENET1K_V${index + 1}`;
        const isDefault = index === weights.length - 1;
        const { preprocessingSource: _, ...known } = facts;
        return {
          ...known,
          id: `${PREFIX}${name}${isDefault ? '' : `@${version}`}`,
          title: `${name} of torchvision, ${version}`,
          weights: { url: `${FOLDER}/${name}-${digits}.pth`, sha256Start: digits },
          trainedOn: 'ImageNet',
          license: 'see PyTorch',
          parameters,
          top1,
        };
      })
      .toReversed(),
);

/** As torchvision names the weights of each version, the default's too. */
export function findTorchvisionConfig(id: string): PretrainedConfig | undefined {
  const [name, version] = id.split('@');
  const own = torchvisionConfigs.filter((config) => config.id.split('@')[0] === name);
  return version === undefined ? own[0] : own.find(({ title }) => title.endsWith(`, ${version}`));
}

function resNet(
  name: string,
  blocks: StackBlocks,
  shape: { readonly block?: 'basic'; readonly width?: number; readonly groups?: number },
  parameters: number,
  ...weights: readonly Published[]
): Row {
  const { block = 'bottleneck', width = 64, groups = 1 } = shape;
  return { name, facts: torchResNetFacts({ blocks, block, width, groups }), parameters, weights };
}
