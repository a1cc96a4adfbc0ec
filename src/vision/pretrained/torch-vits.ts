/** @file ViT, DINOv2, CLIP and SigLIP of timm and transformers, by the names and sizes of their tensors. */

import type { ActivationName } from '../../core/layers/activations.ts';
import type { InputShape } from '../architectures/architecture.ts';
import {
  POOLED_TOKENS,
  type VisionTransformerOptions,
  visionTransformer,
} from '../architectures/vision-transformer.ts';
import {
  MINUS_ONE_TO_ONE,
  normalized,
  type Preprocessing,
  TORCH_PREPROCESSING,
} from '../preprocessing/preprocessing.ts';
import type { PretrainedConfig } from './pretrained-config.ts';
import { BROUGHT, type TorchConfig, type TorchFamily } from './torch-network.ts';
import { countBlocks, findPrefix, type TorchTensors } from './torch-weights.ts';
import { VIT_NAMINGS, type VitNaming } from './vit-names.ts';
import { type VitParts, vitPlaces } from './vit-places.ts';

export const torchVits: TorchFamily = {
  title: 'ViT, DINOv2, and the image towers of CLIP and SigLIP (timm, transformers)',
  recognize(tensors, config) {
    for (const naming of VIT_NAMINGS) {
      const prefix = findPrefix(tensors, `${naming.patch}.weight`);
      const parts = prefix === undefined ? undefined : partsOf(tensors, naming, prefix);
      if (parts === undefined) continue;
      const shape = shapeOf(tensors, parts, config);
      return {
        pretrainedConfig: configOf(parts, shape),
        places: (layers) => vitPlaces(layers, parts, shape.numHeads),
        notes: shape.notes,
      };
    }
    return undefined;
  },
};

/** Undefined for a network that has other parts, or lacks some. */
function partsOf({ names, shape }: TorchTensors, naming: VitNaming, prefix: string): VitParts | undefined {
  const all = new Set(names);
  const has = (name: string): boolean => all.has(`${prefix}${name}`);
  const first = `${naming.blocks}0.`;
  const { inputs } = naming.attention;
  const query = 'fused' in inputs ? inputs.fused : inputs.query;
  const needed = [
    `${first}${naming.norm1}.weight`,
    `${first}${query}.bias`,
    `${first}${naming.dense[0]}.weight`,
    naming.positions,
    `${naming.norm}.weight`,
  ];
  // Of others with the same beginnings: rotary positions, norms of queries, distillation, gated layers.
  const isOther = names.some((name) =>
    /(dist_token|rope|q_norm|attn\.norm|relative_position|mlp\.norm)/.test(name),
  );
  const rows = shape(`${prefix}${naming.positions}`)?.at(-2);
  if (isOther || rows === undefined || !needed.every(has)) return undefined;
  const hasClassToken = has(naming.classToken);
  const registers = naming.registers.find(has);
  const isSquare = (count: number): boolean => Number.isInteger(Math.sqrt(count));
  const classHasPosition = hasClassToken && !isSquare(rows);
  const patches = classHasPosition ? rows - 1 : rows;
  if (!isSquare(patches) || (registers !== undefined && !hasClassToken)) return undefined;
  return {
    naming,
    prefix,
    hasClassToken,
    classHasPosition,
    registers,
    registerCount: registers === undefined ? 0 : (shape(`${prefix}${registers}`)?.at(-2) ?? 0),
    gridSide: Math.sqrt(patches),
    hasPreNorm: naming.preNorm !== undefined && has(`${naming.preNorm}.weight`),
    hasHead: naming.head !== undefined && has(naming.head.query),
    hasScales: has(`${first}${naming.scales[0]}`),
    hasPatchBias: has(`${naming.patch}.bias`),
  };
}

interface VitShape extends Omit<VisionTransformerOptions, 'inputShape'> {
  readonly notes: readonly string[];
}

/** Where the width does not say it: heads of 64 numbers are usual. */
const HEADS: Readonly<Record<number, number>> = { 1152: 16, 1280: 16, 1408: 16, 1664: 16 };

function shapeOf(tensors: TorchTensors, parts: VitParts, config: TorchConfig | undefined): VitShape {
  const { naming, prefix, hasClassToken } = parts;
  const sizes = (name: string): readonly number[] => tensors.shape(`${prefix}${name}`) ?? [];
  const [width = 0, , , patchSizePx = 0] = sizes(`${naming.patch}.weight`);
  const [intermediateDim = 0] = sizes(`${naming.blocks}0.${naming.dense[0]}.weight`);
  const settings = visionSettings(config);
  const heads = settings['num_attention_heads'];
  const isHeads = typeof heads === 'number' && Number.isInteger(width / heads);
  const said = activationIn(settings, config?.architecture);
  const epsilon = settings['layer_norm_eps'];
  return {
    patchSizePx,
    width,
    depth: countBlocks(tensors, `${prefix}${naming.blocks}`),
    numHeads: isHeads ? heads : (HEADS[width] ?? Math.max(1, Math.round(width / 64))),
    intermediateDim,
    activation: said ?? usualActivation(parts),
    epsilon: typeof epsilon === 'number' && epsilon > 0 ? epsilon : usualEpsilon(parts),
    prefixTokens: (hasClassToken ? 1 : 0) + parts.registerCount,
    patchBias: parts.hasPatchBias,
    normalizesFirst: parts.hasPreNorm,
    tokenPooling: parts.hasHead ? 'attention' : hasClassToken ? 'first' : 'mean',
    notes:
      config === undefined
        ? [
            `No config.json says how the network is built: ${HEADS[width] ?? width / 64} heads and usual options are assumed.`,
          ]
        : [],
  };
}

/** A model of images and texts has the tower's apart. */
function visionSettings(config: TorchConfig | undefined): Readonly<Record<string, unknown>> {
  const inner = config?.settings['vision_config'];
  return typeof inner === 'object' && inner !== null
    ? (inner as Readonly<Record<string, unknown>>)
    : (config?.settings ?? {});
}

/** By transformers' names. */
const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  gelu: 'gelu',
  quick_gelu: 'quick_gelu',
  gelu_pytorch_tanh: 'gelu_approximate',
  gelu_new: 'gelu_approximate',
  relu: 'relu',
};

function activationIn(
  settings: Readonly<Record<string, unknown>>,
  architecture: string | undefined,
): ActivationName | undefined {
  const name = settings['hidden_act'];
  if (typeof name === 'string' && Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name];
  return architecture?.includes('quickgelu') ? 'quick_gelu' : undefined;
}

function usualActivation({ naming, hasHead }: VitParts): ActivationName {
  if (naming.kind !== 'clip') return 'gelu';
  return hasHead ? 'gelu_approximate' : 'quick_gelu';
}

function usualEpsilon({ naming, hasPreNorm }: VitParts): number {
  if (naming.kind === 'vit') return 1e-12;
  return hasPreNorm ? 1e-5 : 1e-6;
}

const CLIP_PREPROCESSING: Preprocessing = normalized({
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
});

const SIZES: Readonly<Record<number, string>> = {
  192: 'tiny',
  384: 'small',
  768: 'base',
  1024: 'large',
  1152: 'so400m',
  1280: 'huge',
};

function configOf(parts: VitParts, { notes: _, ...shape }: VitShape): PretrainedConfig {
  const kind = parts.hasHead ? 'siglip' : parts.hasPreNorm ? 'clip' : parts.hasScales ? 'dinov2' : 'vit';
  const { patchSizePx, width } = shape;
  const id = `${kind}_${SIZES[width] ?? width}_patch${patchSizePx}`;
  const build: PretrainedConfig['build'] = (options) => visionTransformer({ name: id, ...options, ...shape });
  const sidePx = parts.gridSide * patchSizePx;
  const inputShape: InputShape = [sidePx, sidePx, 3];
  return {
    ...BROUGHT,
    id,
    title: `${id}, as PyTorch builds it, from a file`,
    architecture: `torch_${id}`,
    build,
    paper: PAPERS[kind],
    preprocessing: {
      siglip: MINUS_ONE_TO_ONE,
      clip: CLIP_PREPROCESSING,
      dinov2: TORCH_PREPROCESSING,
      vit: MINUS_ONE_TO_ONE,
    }[kind],
    preprocessingSource: `assumed, as most of ${kind} are trained; --preprocessing says otherwise`,
    defaultSizePx: sidePx,
    minSizePx: patchSizePx,
    defaultCut: POOLED_TOKENS,
    parameters: build({ inputShape }).countParams().total,
  };
}

const PAPERS = {
  vit: 'https://arxiv.org/abs/2010.11929',
  dinov2: 'https://arxiv.org/abs/2304.07193',
  clip: 'https://arxiv.org/abs/2103.00020',
  siglip: 'https://arxiv.org/abs/2303.15343',
} as const;
