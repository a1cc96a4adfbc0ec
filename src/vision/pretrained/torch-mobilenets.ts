/** @file MobileNetV2 of torchvision and timm, and MobileNetV3 of torchvision, by the names and sizes of their tensors. */

import { MOBILENET_V2_ALPHAS, mobileNetV2Channels } from '../architectures/mobilenet-v2.ts';
import { torchMobileNetV2Facts, torchMobileNetV3Facts } from './torch-mobilenet-facts.ts';
import { type TorchFamily, type TorchNetwork, withParameters } from './torch-network.ts';
import { findPrefix, modulePlaces, type TorchTensors } from './torch-weights.ts';

export const torchMobileNets: TorchFamily = {
  title: 'MobileNetV2 (torchvision, timm) and V3 (torchvision)',
  recognize: (tensors) => recognizeV2(tensors) ?? recognizeV3(tensors),
};

/** Where the modules of a block are, by the endings of layers; the first block has no expansion. */
type BlockModules = Readonly<Record<string, string>>;

interface V2Naming {
  readonly outer: Readonly<Record<string, string>>;
  readonly block: (index: number) => string;
  readonly inFirst: BlockModules;
  readonly inOthers: BlockModules;
}

/** Blocks of MobileNetV2 in rows, as timm counts them. */
const V2_ROWS: readonly number[] = [1, 2, 3, 4, 3, 3, 1];
const V2_BLOCKS = V2_ROWS.reduce((sum, blocks) => sum + blocks, 0);

const V2_NAMINGS: readonly V2Naming[] = [
  {
    outer: {
      Conv1: 'features.0.0',
      bn_Conv1: 'features.0.1',
      Conv_1: 'features.18.0',
      Conv_1_bn: 'features.18.1',
    },
    block: (index) => `features.${index + 1}.conv.`,
    inFirst: { depthwise: '0.0', depthwise_BN: '0.1', project: '1', project_BN: '2' },
    inOthers: {
      expand: '0.0',
      expand_BN: '0.1',
      depthwise: '1.0',
      depthwise_BN: '1.1',
      project: '2',
      project_BN: '3',
    },
  },
  {
    outer: { Conv1: 'conv_stem', bn_Conv1: 'bn1', Conv_1: 'conv_head', Conv_1_bn: 'bn2' },
    block: (index) => {
      let [row, inRow] = [0, index];
      for (; inRow >= V2_ROWS[row]!; row++) inRow -= V2_ROWS[row]!;
      return `blocks.${row}.${inRow}.`;
    },
    inFirst: { depthwise: 'conv_dw', depthwise_BN: 'bn1', project: 'conv_pw', project_BN: 'bn2' },
    inOthers: {
      expand: 'conv_pw',
      expand_BN: 'bn1',
      depthwise: 'conv_dw',
      depthwise_BN: 'bn2',
      project: 'conv_pwl',
      project_BN: 'bn3',
    },
  },
];

function recognizeV2(tensors: TorchTensors): TorchNetwork | undefined {
  for (const naming of V2_NAMINGS) {
    const prefix = findPrefix(tensors, `${naming.outer['Conv1']}.weight`);
    if (prefix === undefined) continue;
    const modules = new Map(Object.entries(naming.outer));
    for (let index = 0; index < V2_BLOCKS; index++) {
      const layer = index === 0 ? 'expanded_conv_' : `block_${index}_`;
      const inBlock = index === 0 ? naming.inFirst : naming.inOthers;
      for (const [ending, module] of Object.entries(inBlock)) {
        modules.set(`${layer}${ending}`, `${naming.block(index)}${module}`);
      }
    }
    const last = tensors.shape(`${prefix}${modules.get(`block_${V2_BLOCKS - 1}_project`)}.weight`);
    const alpha = MOBILENET_V2_ALPHAS.find(
      (each) =>
        last?.[0] === mobileNetV2Channels(320, each) && last[1] === 6 * mobileNetV2Channels(160, each),
    );
    if (alpha === undefined || hasSqueezes(tensors) || !hasModules(tensors, prefix, modules)) continue;
    return networkOf(torchMobileNetV2Facts(alpha), prefix, modules);
  }
  return undefined;
}

/** Blocks of MobileNetV3, `1` for each that squeezes: what tells small from large. */
const V3_SQUEEZES = { small: '10011111111', large: '000111000011111' } as const;

function recognizeV3(tensors: TorchTensors): TorchNetwork | undefined {
  const prefix = findPrefix(tensors, 'features.1.block.0.0.weight');
  if (prefix === undefined) return undefined;
  const sizes = ['small', 'large'] as const;
  const size = sizes.find((each) => {
    const modules = v3Modules(each);
    const top = `${prefix}features.${V3_SQUEEZES[each].length + 1}.0.weight`;
    return tensors.shape(top)?.length === 4 && hasModules(tensors, prefix, modules);
  });
  return size && networkOf(torchMobileNetV3Facts(size), prefix, v3Modules(size));
}

function v3Modules(size: keyof typeof V3_SQUEEZES): ReadonlyMap<string, string> {
  const squeezes = [...V3_SQUEEZES[size]].map((digit) => digit === '1');
  const modules = new Map([
    ['conv', 'features.0.0'],
    ['conv_bn', 'features.0.1'],
    ['conv_1', `features.${squeezes.length + 1}.0`],
    ['conv_1_bn', `features.${squeezes.length + 1}.1`],
  ]);
  for (const [index, isSqueezed] of squeezes.entries()) {
    const layer = index === 0 ? 'expanded_conv_' : `expanded_conv_${index}_`;
    const stages = [
      ...(index === 0 ? [] : ['expand']),
      'depthwise',
      ...(isSqueezed ? ['squeeze'] : []),
      'project',
    ];
    for (const [place, stage] of stages.entries()) {
      const module = `features.${index + 1}.block.${place}`;
      if (stage === 'squeeze') {
        modules.set(`${layer}squeeze_excite_conv`, `${module}.fc1`);
        modules.set(`${layer}squeeze_excite_conv_1`, `${module}.fc2`);
      } else {
        modules.set(`${layer}${stage}`, `${module}.0`);
        modules.set(`${layer}${stage}_bn`, `${module}.1`);
      }
    }
  }
  return modules;
}

function hasSqueezes({ names }: TorchTensors): boolean {
  return names.some((name) => /\.(se|fc1)\./.test(name));
}

function hasModules({ names }: TorchTensors, prefix: string, modules: ReadonlyMap<string, string>): boolean {
  const all = new Set(names);
  return [...modules.values()].every((module) => all.has(`${prefix}${module}.weight`));
}

function networkOf(
  facts: Parameters<typeof withParameters>[0],
  prefix: string,
  modules: ReadonlyMap<string, string>,
): TorchNetwork {
  return {
    pretrainedConfig: withParameters(facts),
    places: (layers) => modulePlaces(layers, (layer) => `${prefix}${modules.get(layer) ?? layer}`),
  };
}
