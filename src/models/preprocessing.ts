/** @file What is done to pixels before a network sees them: part of a backbone's card and of the model file. */

import type { ChannelPreprocessing } from './keras-card.ts';

/** For a pixel in [0, 255]: `x * scale + offset`, the same for all channels, or channel by channel. */
export type Preprocessing = { readonly scale: number; readonly offset: number } | ChannelPreprocessing;

/** [-1, 1], what MobileNetV2 and InceptionV3 were trained with. */
export const MINUS_ONE_TO_ONE: Preprocessing = { scale: 1 / 127.5, offset: -1 };

/** [0, 1], the textbook's. */
export const ZERO_TO_ONE: Preprocessing = { scale: 1 / 255, offset: 0 };
