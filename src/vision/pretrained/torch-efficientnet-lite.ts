/** @file EfficientNet-Lite of timm, and of the package efficientnet-lite-pytorch, by the names and sizes of its tensors. */

import {
  EFFICIENTNET_ROWS,
  EFFICIENTNET_SMALLEST_PX,
  scaledChannels,
} from '../architectures/efficientnet.ts';
import {
  EFFICIENTNET_LITE_SCALINGS,
  type EfficientNetLiteVariant,
  efficientNetLite,
  efficientNetLiteRepeats,
} from '../architectures/efficientnet-lite.ts';
import { blockPrefix } from '../architectures/efficientnet-parts.ts';
import { MINUS_ONE_TO_ONE, TORCH_PREPROCESSING } from '../preprocessing/preprocessing.ts';
import type { PretrainedConfig } from './pretrained-config.ts';
import { BROUGHT, type TorchFamily } from './torch-network.ts';
import { findPrefix, modulePlaces, type TorchTensors } from './torch-weights.ts';

export const torchEfficientNetLite: TorchFamily = {
  title: 'EfficientNet-Lite 0 to 4 (timm, efficientnet-lite-pytorch)',
  recognize(tensors, config) {
    for (const naming of NAMINGS) {
      const prefix = findPrefix(tensors, `${naming.stem}.weight`);
      const variant = prefix === undefined ? undefined : variantOf(tensors, naming, prefix);
      if (prefix === undefined || variant === undefined) continue;
      const isTorch = config?.architecture?.startsWith('efficientnet_lite') === true;
      const isKnown = config?.architecture !== undefined || naming.isTensorFlow;
      return {
        pretrainedConfig: configOf(variant, isTorch ? 'torch' : 'tensorflow'),
        places: (layers) => {
          const modules = modulesOf(variant, naming);
          return modulePlaces(layers, (layer) => `${prefix}${modules.get(layer) ?? layer}`);
        },
        notes: isKnown
          ? []
          : [
              `Taken as timm's tf_efficientnet_${variant}: its efficientnet_${variant} has the same names, and is known by the config.json beside it.`,
            ],
      };
    }
    return undefined;
  },
};

/** How a program calls the modules of a block, by the endings of layers. */
interface Naming {
  /** Whether it has TensorFlow's padding alone. */
  readonly isTensorFlow: boolean;
  readonly stem: string;
  readonly outer: Readonly<Record<string, string>>;
  readonly block: (row: number, index: number, count: number) => string;
  readonly inFirst: Readonly<Record<string, string>>;
  readonly inOthers: Readonly<Record<string, string>>;
}

const NAMINGS: readonly Naming[] = [
  {
    isTensorFlow: false,
    stem: 'conv_stem',
    outer: { stem_conv: 'conv_stem', stem_bn: 'bn1', top_conv: 'conv_head', top_bn: 'bn2' },
    block: (row, index) => `blocks.${row}.${index}.`,
    inFirst: { dwconv: 'conv_dw', bn: 'bn1', project_conv: 'conv_pw', project_bn: 'bn2' },
    inOthers: {
      expand_conv: 'conv_pw',
      expand_bn: 'bn1',
      dwconv: 'conv_dw',
      bn: 'bn2',
      project_conv: 'conv_pwl',
      project_bn: 'bn3',
    },
  },
  {
    isTensorFlow: true,
    stem: '_conv_stem',
    outer: { stem_conv: '_conv_stem', stem_bn: '_bn0', top_conv: '_conv_head', top_bn: '_bn1' },
    block: (_row, _index, count) => `_blocks.${count}.`,
    inFirst: { dwconv: '_depthwise_conv', bn: '_bn1', project_conv: '_project_conv', project_bn: '_bn2' },
    inOthers: {
      expand_conv: '_expand_conv',
      expand_bn: '_bn0',
      dwconv: '_depthwise_conv',
      bn: '_bn1',
      project_conv: '_project_conv',
      project_bn: '_bn2',
    },
  },
];

/** The module of each layer. */
function modulesOf(variant: EfficientNetLiteVariant, naming: Naming): ReadonlyMap<string, string> {
  const modules = new Map(Object.entries(naming.outer));
  let count = 0;
  for (const [row, repeats] of efficientNetLiteRepeats(variant).entries()) {
    const names = row === 0 ? naming.inFirst : naming.inOthers;
    for (let index = 0; index < repeats; index++, count++) {
      const [ours, theirs] = [blockPrefix(row, index), naming.block(row, index, count)];
      for (const [layer, module] of Object.entries(names))
        modules.set(`${ours}${layer}`, `${theirs}${module}`);
    }
  }
  return modules;
}

/** By the number of blocks and the channels of the widest; none with squeeze and excitation, which Lite lacks. */
function variantOf(
  tensors: TorchTensors,
  naming: Naming,
  prefix: string,
): EfficientNetLiteVariant | undefined {
  if (tensors.names.some((name) => /\.(se|_se_reduce|_se_expand)\b/.test(name))) return undefined;
  const variants = Object.keys(EFFICIENTNET_LITE_SCALINGS) as EfficientNetLiteVariant[];
  const names = new Set(tensors.names);
  return variants.find((variant) => {
    const modules = [...modulesOf(variant, naming)];
    const last = modules.findLast(([layer]) => layer.endsWith('project_conv'))?.[1];
    const width = scaledChannels(
      EFFICIENTNET_ROWS.at(-1)!.filters,
      EFFICIENTNET_LITE_SCALINGS[variant].width,
    );
    const isAll = modules.every(([, module]) => names.has(`${prefix}${module}.weight`));
    const blocks = new Set(
      tensors.names.flatMap((name) => /_?blocks\.(\d+\.)?\d+\.(?=_?(conv|depthwise))/.exec(name)?.[0] ?? []),
    ).size;
    const count = efficientNetLiteRepeats(variant).reduce((sum, each) => sum + each, 0);
    return isAll && blocks === count && tensors.shape(`${prefix}${last}.weight`)?.[0] === width;
  });
}

function configOf(variant: EfficientNetLiteVariant, padding: 'tensorflow' | 'torch'): PretrainedConfig {
  const id = `${padding === 'torch' ? '' : 'tf_'}efficientnet_${variant}`;
  const build: PretrainedConfig['build'] = (options) =>
    efficientNetLite(variant, { name: id, ...options, padding });
  return {
    ...BROUGHT,
    id,
    title: `EfficientNet-${variant.replace('l', 'L')} from a file`,
    architecture: id,
    build,
    paper: 'https://arxiv.org/abs/1905.11946',
    preprocessing: padding === 'torch' ? TORCH_PREPROCESSING : MINUS_ONE_TO_ONE,
    preprocessingSource: `as timm trains ${id}; --preprocessing says otherwise`,
    defaultSizePx: EFFICIENTNET_LITE_SCALINGS[variant].sizePx,
    minSizePx: EFFICIENTNET_SMALLEST_PX,
    defaultCut: 'top_activation',
    parameters: build({ inputShape: [64, 64, 3] }).countParams().total,
  };
}
