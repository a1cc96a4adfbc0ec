/** @file What is known of a family of PyTorch's networks: how its weights are told from others, and where they go. */

import type { Layer } from '../../core/layers/layer.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { PretrainedConfig } from './pretrained-config.ts';
import type { TorchPlace, TorchTensors } from './torch-weights.ts';

/** A network that a file has the weights of. */
export interface TorchNetwork {
  readonly pretrainedConfig: PretrainedConfig;
  /** Where the weights of layers are in the file. @param layers - Some of a model that the config built. */
  readonly places: (layers: readonly Layer[]) => readonly TorchPlace[];
  /** What was assumed, for people: one sentence each. */
  readonly notes?: readonly string[] | undefined;
}

/** What a configuration beside the weights says: `config.json` of timm or transformers. */
export interface TorchConfig {
  /** timm's name of the network: `tf_efficientnet_lite0`; or transformers' kind of model: `vit`. */
  readonly architecture?: string | undefined;
  /** All of it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How pixels are scaled, where it says so, and where that stands. */
  readonly preprocessing?: Preprocessing | undefined;
  readonly preprocessingSource?: string | undefined;
  /** The side of the images that the network was trained with. */
  readonly sizePx?: number | undefined;
}

export interface TorchFamily {
  /** For people: `ResNet (torchvision, timm)`. */
  readonly title: string;
  /** @returns Undefined for tensors of another family. */
  readonly recognize: (tensors: TorchTensors, config?: TorchConfig) => TorchNetwork | undefined;
}

/** What nobody knows of weights that someone brings. */
export const BROUGHT = { trainedOn: 'unknown', license: 'unknown' } as const;

/** A network before its parameters are counted, which takes building it. */
export type TorchNetworkFacts = Omit<PretrainedConfig, 'parameters'>;

/** Counts the parameters, of a network for the smallest images. */
export function withParameters(facts: TorchNetworkFacts): PretrainedConfig {
  const { build, minSizePx } = facts;
  return { ...facts, parameters: build({ inputShape: [minSizePx, minSizePx, 3] }).countParams().total };
}
