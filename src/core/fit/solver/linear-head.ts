/** @file Whether what is trained is one linear layer, which can be solved to its optimum. */

import { findDenseHead } from '../../steps/dense-head.ts';
import type { TrainedPart } from '../../steps/freeze-boundary.ts';

/** The Dense layer that is all that is trained. */
export interface LinearHead {
  readonly name: string;
  readonly units: number;
}

/** Undefined where anything else is trained too: hidden layers, Dropout, layers of the network. */
export function findLinearHead(part: TrainedPart): LinearHead | undefined {
  const head = findDenseHead(part);
  const [only, ...others] = head?.layers ?? [];
  if (only === undefined || others.length > 0 || head?.dropout !== undefined) return undefined;
  return only.bias === undefined ? undefined : { name: only.name, units: only.units };
}
