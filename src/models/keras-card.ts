/** @file What is known of a network of Keras Applications: a card of data, and the three ways of preprocessing. */

import type { Functional } from '../layers/functional.ts';
import type { ArchitectureOptions } from './architecture.ts';

/** What is done to a pixel `[r, g, b]` in [0, 255], channel by channel: `x * scale + offset`. */
export interface ChannelPreprocessing {
  /** In which order the network takes the channels; `scale` and `offset` are in this order, too. */
  readonly channelOrder: 'rgb' | 'bgr';
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

/** Keras' mode `tf`: [-1, 1]. */
export const TF_PREPROCESSING: ChannelPreprocessing = {
  channelOrder: 'rgb',
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/** Keras' mode `caffe`: blue first, ImageNet's mean taken off, no scaling. */
export const CAFFE_PREPROCESSING: ChannelPreprocessing = {
  channelOrder: 'bgr',
  scale: [1, 1, 1],
  offset: [-103.939, -116.779, -123.68],
};

/** Keras' mode `torch`: to [0, 1], then less ImageNet's mean, divided by its deviation. */
export const TORCH_PREPROCESSING: ChannelPreprocessing = {
  channelOrder: 'rgb',
  scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
  offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
};

/** For networks that take pixels in [0, 255] and scale them themselves. */
export const INSIDE_PREPROCESSING: ChannelPreprocessing = {
  channelOrder: 'rgb',
  scale: [1, 1, 1],
  offset: [0, 0, 0],
};

/** One official file of weights. */
export interface WeightAddress {
  readonly url: string;
  /** As Keras' source states it; absent where it states none, or the other one. */
  readonly md5?: string;
  readonly sha256?: string;
}

/** A network of Keras Applications, trained on ImageNet. */
export interface KerasCard {
  /** By this name it is asked for. */
  readonly id: string;
  readonly title: string;
  /** The family with its depth: networks of one architecture differ in width at most. */
  readonly architecture: string;
  /** Width, where the architecture has several. */
  readonly alpha?: number;
  /** Builds it, weights unset. */
  readonly build: (options: ArchitectureOptions) => Functional;
  /** Without the top. */
  readonly weights: WeightAddress;
  readonly weightsWithTop: WeightAddress;
  readonly trainedOn: 'ImageNet';
  /** Of the weights. */
  readonly licence: string;
  readonly paper: string;
  readonly preprocessing: ChannelPreprocessing;
  /** Side of a picture: what the weights were trained with. */
  readonly defaultSizePx: number;
  readonly smallestSizePx: number;
  /** The last feature map before any pooling at the end. */
  readonly defaultCut: string;
  /** Without the top. */
  readonly parameters: number;
  /** Accuracy on ImageNet's validation pictures, as a part of 1, as published. */
  readonly top1: number;
}

/** Keras' folder of weight files. */
export const KERAS_WEIGHTS_URL = 'https://storage.googleapis.com/tensorflow/keras-applications';
