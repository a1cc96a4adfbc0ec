/** @file Sizes and pads of what slides a window over an image: convolutions and pooling. */

import { GraftError } from '../errors/graft-error.ts';
import type { LayerShape } from './layer-shape.ts';

/** `valid`: no padding. `same`: output size `ceil(size / stride)`, the odd pixel of padding after (SAME_UPPER). */
export type Padding = 'valid' | 'same';

export interface Window {
  /** `[height, width]`, as all of these. */
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: Padding;
}

/** The window of a convolution's options. */
export function windowOf(options: {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
}): Window {
  const { kernelSize: size, strides, dilationRate: dilations, padding } = options;
  return { size, strides, dilations, padding };
}

/** An image's shape `[N, H, W, C]`; height and width may be unknown. */
export interface ImageShape {
  readonly batch: number | null;
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: number;
}

/**
 * Takes an image's shape apart.
 *
 * @throws {GraftError} `shape`, if it is not `[N, H, W, C]` with known channels.
 */
export function imageShape(layerName: string, shape: LayerShape | undefined): ImageShape {
  const channels = shape?.[3];
  if (shape?.length !== 4 || typeof channels !== 'number') {
    throw new GraftError('shape', {
      where: `layer "${layerName}"`,
      expected: 'one input [N, H, W, C]',
      received: shape === undefined ? 'none' : showShape(shape),
      advice: 'Apply the layer to an image or a feature map.',
    });
  }
  return { batch: shape[0]!, height: shape[1]!, width: shape[2]!, channels };
}

/** `[N, 8, 8, 3]`, the batch as `N`, other unknown sizes as `?`. */
export function showShape(shape: LayerShape): string {
  return `[${shape.map((size, axis) => size ?? (axis === 0 ? 'N' : '?')).join(', ')}]`;
}

/**
 * Height and width after the window.
 *
 * @throws {GraftError} `shape`, if the window does not fit into the image.
 */
export function windowedSize(
  layerName: string,
  { height, width }: ImageShape,
  window: Window,
): [number | null, number | null] {
  const sizes = [height, width].map((size, axis) => {
    if (size === null) return null;
    const stride = window.strides[axis]!;
    if (window.padding === 'same') return Math.ceil(size / stride);
    const result = Math.floor((size - extentOf(window, axis)) / stride) + 1;
    if (result < 1) {
      throw new GraftError('shape', {
        where: `layer "${layerName}"`,
        expected: `an image of at least ${extentOf(window, 0)} x ${extentOf(window, 1)} pixels`,
        received: `${height ?? '?'} x ${width ?? '?'}`,
        advice: 'Use larger images, a smaller window, or padding "same".',
      });
    }
    return result;
  });
  return [sizes[0]!, sizes[1]!];
}

/**
 * ONNX' pads `[top, left, bottom, right]`.
 *
 * @throws {GraftError} `shape`, if the padding depends on a size that is unknown.
 */
export function resolvePads(
  layerName: string,
  { height, width }: { readonly height: number | null; readonly width: number | null },
  window: Window,
): [number, number, number, number] {
  const [vertical, horizontal] = [height, width].map((size, axis): [number, number] => {
    if (window.padding === 'valid') return [0, 0];
    const stride = window.strides[axis]!;
    const extent = extentOf(window, axis);
    if (size === null && stride > 1) {
      throw new GraftError('shape', {
        where: `layer "${layerName}"`,
        expected: 'a known height and width, because padding "same" with strides depends on them',
        received: `${height ?? '?'} x ${width ?? '?'}`,
        advice: 'Give the input layer a full shape.',
      });
    }
    const covered = size === null ? extent - 1 : (Math.ceil(size / stride) - 1) * stride + extent - size;
    const total = Math.max(covered, 0);
    const before = Math.floor(total / 2);
    return [before, total - before];
  });
  return [vertical![0], horizontal![0], vertical![1], horizontal![1]];
}

/** Pixels from the first to the last tap of a window, inclusive. */
function extentOf(window: Window, axis: number): number {
  return (window.size[axis]! - 1) * window.dilations[axis]! + 1;
}
