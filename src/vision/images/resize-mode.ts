/** @file How an image of any aspect becomes what a network sees: squashed, cropped, or with bars. */

import { roundHalfEven } from '../../core/tensor/round-half-even.ts';

/** The first is what is done where nothing is said, and what was done before there were others. */
export const RESIZE_MODES = ['squash', 'crop', 'letterbox'] as const;

/**
 * `squash`: the whole image, whatever its aspect. `crop`: its center, as torchvision's `Resize` and `CenterCrop`, and Keras'
 * `crop_to_aspect_ratio`. `letterbox`: the whole image in its own aspect between two black bars, as Pillow's `ImageOps.pad`, and
 * Keras' `pad_to_aspect_ratio`.
 */
export type ResizeMode = (typeof RESIZE_MODES)[number];

/** Of the bars beside a letterboxed image, all channels; Keras' default. */
export const LETTERBOX_FILL = 0;

/** Of an image. */
export interface ImageSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** Part of an image, pixels. */
export interface ImagePart extends ImageSize {
  readonly left: number;
  readonly top: number;
}

/** How an image is brought to a size. */
export interface ResizePlan {
  /** What the whole image is resized to. */
  readonly resized: ImageSize;
  /** The part of it that is seen. */
  readonly seen: ImagePart;
  /** Where that part lies in the result; all around it are bars. */
  readonly place: { readonly left: number; readonly top: number };
}

/**
 * Says how an image is brought to a size. Whole pixels as in torchvision and Pillow: the longer side of a cropped image is
 * rounded down, the shorter one of a letterboxed image to the nearest; halves go to the even number.
 *
 * @param from - Upright, at least 1 x 1 pixels.
 * @see https://github.com/pytorch/vision/blob/v0.21.0/torchvision/transforms/functional.py
 * @see https://github.com/python-pillow/Pillow/blob/12.0.0/src/PIL/ImageOps.py
 */
export function planResize(from: ImageSize, to: ImageSize, mode: ResizeMode): ResizePlan {
  if (mode === 'squash') return placed(to, to);
  const isWider = from.width * to.height > from.height * to.width;
  if (mode === 'crop') {
    return placed(
      isWider
        ? { width: Math.floor((to.height * from.width) / from.height), height: to.height }
        : { width: to.width, height: Math.floor((to.width * from.height) / from.width) },
      to,
    );
  }
  return placed(
    isWider
      ? { width: to.width, height: Math.max(1, roundHalfEven((from.height / from.width) * to.width)) }
      : { width: Math.max(1, roundHalfEven((from.width / from.height) * to.height)), height: to.height },
    to,
  );
}

/** Puts what is seen of an image, `[height, width, 3]`, into its place, with bars around it where the result is larger. */
export function placeImage(
  pixels: Uint8Array,
  { seen, place }: Pick<ResizePlan, 'seen' | 'place'>,
  to: ImageSize,
): Uint8Array {
  if (seen.width === to.width && seen.height === to.height) return pixels;
  const result = new Uint8Array(to.width * to.height * 3).fill(LETTERBOX_FILL);
  const rowBytes = seen.width * 3;
  for (let row = 0; row < seen.height; row++) {
    const at = ((place.top + row) * to.width + place.left) * 3;
    result.set(pixels.subarray(row * rowBytes, (row + 1) * rowBytes), at);
  }
  return result;
}

/** The middle of what is too large, and in the middle of what is larger. */
function placed(resized: ImageSize, to: ImageSize): ResizePlan {
  const cutOff = (side: keyof ImageSize): number => roundHalfEven(Math.max(0, resized[side] - to[side]) / 2);
  const bar = (side: keyof ImageSize): number => roundHalfEven(Math.max(0, to[side] - resized[side]) / 2);
  return {
    resized,
    seen: {
      left: cutOff('width'),
      top: cutOff('height'),
      width: Math.min(resized.width, to.width),
      height: Math.min(resized.height, to.height),
    },
    place: { left: bar('width'), top: bar('height') },
  };
}
