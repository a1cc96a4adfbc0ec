/** @file RandAugment: a few random operations of one strength, one after the other. */

import type { Random } from '../../core/tensor/random.ts';
import { roundHalfEven } from '../../core/tensor/round-half-even.ts';
import { type Affine, centerRotation } from './affine.ts';
import type { AugmentationSpec } from './augmentation-spec.ts';
import type { ImageWarp, PixelGrid } from './image-warp.ts';
import {
  adjustBrightness,
  adjustColor,
  adjustContrast,
  adjustSharpness,
  autoContrast,
  equalize,
  posterize,
  solarize,
} from './pixel-operations.ts';
import {
  type DrawnOperation,
  MAX_MAGNITUDE,
  OPERATION_NAMES,
  type OperationName,
  type RandAugment,
} from './rand-augment-spec.ts';

interface Operation {
  /** The strength at the largest magnitude, where it grows linearly from 0; `size` in pixels along the axis of a shift. */
  readonly strongest: (size: Size) => number;
  /** Whether the opposite is as likely. */
  readonly isSigned: boolean;
  /** Changes the image in place. */
  apply(image: PixelGrid, strength: number, filling: Filling): void;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

type Filling = Pick<AugmentationSpec, 'fill' | 'fillValue'> & { readonly warp: ImageWarp };

/** The fraction of a side that the strongest shift is: of AutoAugment's 331 pixels. */
const MAX_SHIFT = 150 / 331;

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  identity: { strongest: () => 0, isSigned: false, apply: () => {} },
  shearX: { strongest: () => 0.3, isSigned: true, apply: warping((m) => [1, m, m / 2, 0, 1, 0]) },
  shearY: { strongest: () => 0.3, isSigned: true, apply: warping((m) => [1, 0, 0, m, 1, m / 2]) },
  translateX: {
    strongest: ({ width }) => MAX_SHIFT * width,
    isSigned: true,
    apply: warping((m) => [1, 0, -Math.trunc(m), 0, 1, 0]),
  },
  translateY: {
    strongest: ({ height }) => MAX_SHIFT * height,
    isSigned: true,
    apply: warping((m) => [1, 0, 0, 0, 1, -Math.trunc(m)]),
  },
  rotate: { strongest: () => 30, isSigned: true, apply: warping(centerRotation) },
  brightness: {
    strongest: () => 0.9,
    isSigned: true,
    apply: ({ pixels }, m) => adjustBrightness(pixels, 1 + m),
  },
  color: { strongest: () => 0.9, isSigned: true, apply: ({ pixels }, m) => adjustColor(pixels, 1 + m) },
  contrast: {
    strongest: () => 0.9,
    isSigned: true,
    apply: ({ pixels }, m) => adjustContrast(pixels, 1 + m),
  },
  sharpness: {
    strongest: () => 0.9,
    isSigned: true,
    apply: ({ pixels, ...size }, m) => adjustSharpness(pixels, size, 1 + m),
  },
  // From all 8 bits down to 4.
  posterize: {
    strongest: () => 4,
    isSigned: false,
    apply: ({ pixels }, m) => posterize(pixels, 8 - roundHalfEven(m)),
  },
  // The threshold comes down from 255 to 0.
  solarize: { strongest: () => 255, isSigned: false, apply: ({ pixels }, m) => solarize(pixels, 255 - m) },
  autoContrast: { strongest: () => 0, isSigned: false, apply: ({ pixels }) => autoContrast(pixels) },
  equalize: { strongest: () => 0, isSigned: false, apply: ({ pixels }) => equalize(pixels) },
};

/** Draws the operations of a view. */
export function drawOperations(
  { numOps, magnitude }: RandAugment,
  size: Size,
  random: Random,
): DrawnOperation[] {
  return Array.from({ length: numOps }, () => {
    const name = OPERATION_NAMES[random.integer(OPERATION_NAMES.length)]!;
    const isOpposite = random.uniform() < 0.5;
    const strength = strengthOf(name, magnitude, size);
    return { name, strength: OPERATIONS[name].isSigned && isOpposite ? 0 - strength : strength };
  });
}

/** How strong an operation is, in its own unit; without a sign. */
export function strengthOf(name: OperationName, magnitude: number, size: Size): number {
  return (OPERATIONS[name].strongest(size) * magnitude) / MAX_MAGNITUDE;
}

/** Changes an image in place. What an operation shows beyond the edges, `filling` says. */
export function applyOperation({ name, strength }: DrawnOperation, image: PixelGrid, filling: Filling): void {
  OPERATIONS[name].apply(image, strength, filling);
}

/** @param matrixFor - From a pixel of the result to a place in the image. */
function warping(matrixFor: (strength: number, size: Size) => Affine): Operation['apply'] {
  return ({ pixels, height, width }, strength, { warp, fill, fillValue }) => {
    const matrix = matrixFor(strength, { height, width });
    const colors = { brightness: 1, contrast: 1, saturation: 1 };
    warp.apply(pixels, pixels, { height, width, matrix, fill, fillValue, ...colors });
  };
}
