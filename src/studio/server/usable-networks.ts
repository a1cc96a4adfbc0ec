/** @file The networks that a training of this machine can begin with. */

import { isBackboneAvailable } from '../../node/backbones/backbone-availability.ts';
import { pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';

/** Names of those whose weights are here, or come with the package. */
export function usableNetworks(): readonly string[] {
  return pretrainedConfigs.filter((each) => isBackboneAvailable(each)).map(({ id }) => id);
}
