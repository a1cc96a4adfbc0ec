/** @file The flag of test-time augmentation. */

import { Option } from 'commander';
import { TEST_TIME_AUGMENTATIONS } from '../artifacts/test-time-augmentation.ts';

export function ttaOption(): Option {
  return new Option(
    '--tta <how>',
    'of a model of images: flip averages what it says of an image and of its mirror image, in twice the time (default: none)',
  ).choices(TEST_TIME_AUGMENTATIONS);
}
