/** @file RandAugment as data. */

/**
 * How many operations a view gets, and how strong they are, as torchvision's `RandAugment`.
 *
 * @see https://arxiv.org/abs/1909.13719
 * @see https://github.com/pytorch/vision/blob/v0.21.0/torchvision/transforms/autoaugment.py
 */
export interface RandAugment {
  /** Operations, drawn with repetition, 1 to 14. */
  readonly numOps: number;
  /** Of all of them, a whole number in [0, 30]. */
  readonly magnitude: number;
}

/** torchvision's. */
export const USUAL_RAND_AUGMENT: RandAugment = { numOps: 2, magnitude: 9 };

export const MAX_MAGNITUDE = 30;

/** In torchvision's order. */
export const OPERATION_NAMES = [
  'identity',
  'shearX',
  'shearY',
  'translateX',
  'translateY',
  'rotate',
  'brightness',
  'color',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autoContrast',
  'equalize',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];
export const MAX_OPERATIONS: number = OPERATION_NAMES.length;

/** An operation of a view, with its own strength. */
export interface DrawnOperation {
  readonly name: OperationName;
  /** In the operation's own unit; of shifts pixels, of rotations degrees. */
  readonly strength: number;
}
