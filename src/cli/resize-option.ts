/** @file The flag that says what becomes of images that are not square. */

import { Option } from 'commander';
import { RESIZE_MODES } from '../vision/images/resize-mode.ts';

/** Without a default: what is not said is the network's, or `squash`. */
export function resizeOption(): Option {
  return new Option(
    '--resize <how>',
    'what becomes of an image that is not square (default: squash)',
  ).choices(RESIZE_MODES);
}
