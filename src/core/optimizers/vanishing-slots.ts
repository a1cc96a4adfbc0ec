/**
 * @file When numbers of slots count as 0. Where a weight has no gradient any more, its averages decay, and after some 700 steps they
 * reach what float32 holds below its normal range: there they stay for ever, and arithmetic takes ten times as long.
 */

import type { Optimizer } from './optimizer.ts';

/** How often slots are looked through, in batches: it takes two fifths of a step's time with a large head, and rarely finds anything. */
export const FLUSH_EVERY = 32;

/**
 * So small that a decay by 0.6 or more does not leave the normal range before slots are looked through again; beside an epsilon
 * of 1e-7, it is nothing, under a root or not.
 */
const MIN = 1e-30;

/** What is smaller in a slot becomes 0; 0 where everything must stay. */
export function smallestInSlots({ keepsSmallSlots }: Optimizer): number {
  return keepsSmallSlots ? 0 : MIN;
}
