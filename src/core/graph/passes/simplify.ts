/** @file All passes together. */

import type { Graph } from '../graph.ts';
import { foldBatchNormalization } from './fold-batch-normalization.ts';
import { foldConstants } from './fold-constants.ts';
import { mergeTransposes } from './merge-transposes.ts';
import { poolAfterPointwise } from './pool-after-pointwise.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { removeIdentities } from './remove-identities.ts';
import type { Pass } from './rewrite.ts';
import { selectTokensEarly } from './select-tokens-early.ts';

/** Identities go first, for they hide neighbors; those that later passes leave go at the end. */
const PASSES: readonly Pass[] = [
  removeDeadCode,
  removeIdentities,
  foldConstants,
  mergeTransposes,
  foldBatchNormalization,
  poolAfterPointwise,
  selectTokensEarly,
  removeIdentities,
  removeDeadCode,
];

/**
 * A smaller graph that computes the same: constants folded, BatchNormalization folded into Conv, averages taken of as few
 * channels as possible, and of one token no more than it needs, no Identity and no pair of Transposes that can be spared, nothing dead. Names of inputs and outputs stay. Pure: `graph` is unchanged.
 */
export function simplify(graph: Graph): Graph {
  return PASSES.reduce((current, pass) => pass(current), graph);
}
