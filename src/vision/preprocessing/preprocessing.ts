/** @file What is done to pixels before a network sees them: part of a backbone's pretrained config and of the model file. */

/** One number for every channel. */
type EachChannel = readonly [number, number, number];

/** For a pixel in [0, 255]: `x * scale + offset`, with the same numbers for all channels, or channel by channel. */
export interface Preprocessing {
  /** In which order the network takes the channels; `scale` and `offset` are in this order, too. Default `rgb`. */
  readonly channelOrder?: 'rgb' | 'bgr' | undefined;
  readonly scale: number | EachChannel;
  readonly offset: number | EachChannel;
}

/** [-1, 1], Keras' mode `tf`. */
export const MINUS_ONE_TO_ONE: Preprocessing = { scale: 1 / 127.5, offset: -1 };

/** [0, 1]. */
export const ZERO_TO_ONE: Preprocessing = { scale: 1 / 255, offset: 0 };

/** Keras' mode `caffe`: blue first, ImageNet's mean taken off, no scaling. */
export const CAFFE_PREPROCESSING: Preprocessing = {
  channelOrder: 'bgr',
  scale: 1,
  offset: [-103.939, -116.779, -123.68],
};

/** Keras' mode `torch`: to [0, 1], then less ImageNet's mean, divided by its deviation. */
export const TORCH_PREPROCESSING: Preprocessing = {
  scale: [1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)],
  offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
};

/** For networks that take pixels in [0, 255] and scale them themselves. */
export const INSIDE_PREPROCESSING: Preprocessing = { scale: 1, offset: 0 };

/** Numbers for red, green and blue. */
export interface MeanAndStd {
  /** For pixels in [0, 1]. */
  readonly mean: EachChannel;
  /** For pixels in [0, 1], > 0. */
  readonly std: EachChannel;
}

/** `(x / 255 - mean) / std`, as torchvision and timm say it. */
export function normalized({ mean, std }: MeanAndStd): Preprocessing {
  return {
    channelOrder: 'rgb',
    scale: std.map((deviation) => 1 / (255 * deviation)) as unknown as EachChannel,
    offset: mean.map((each, channel) => -each / std[channel]!) as unknown as EachChannel,
  };
}

/** The usual ones, by name. */
export const preprocessing: {
  /** [0, 255], as they are. */
  readonly raw: Preprocessing;
  readonly zeroToOne: Preprocessing;
  readonly minusOneToOne: Preprocessing;
  readonly caffe: Preprocessing;
  readonly torch: Preprocessing;
  readonly normalized: (numbers: MeanAndStd) => Preprocessing;
} = {
  raw: INSIDE_PREPROCESSING,
  zeroToOne: ZERO_TO_ONE,
  minusOneToOne: MINUS_ONE_TO_ONE,
  caffe: CAFFE_PREPROCESSING,
  torch: TORCH_PREPROCESSING,
  normalized,
};
