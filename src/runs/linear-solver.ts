/** @file When a phase solves its head in the place of epochs, and what of a recipe that cannot be asked for then. */

import { GraftError } from '../core/errors/graft-error.ts';
import { findLinearHead, type LinearHead } from '../core/fit/solver/linear-head.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import type { TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { Recipe } from '../recipe/recipe.ts';

export interface LinearSolver {
  readonly head: LinearHead;
  /** Undefined to choose it by folds. */
  readonly l2: number | undefined;
}

/** Of features that differ from epoch to epoch, or of steps. */
const REFUSED: readonly {
  readonly is: (phase: Recipe) => boolean;
  readonly what: string;
  readonly flag: string;
}[] = [
  { is: ({ augmentation }) => augmentation !== null, what: 'augmentation', flag: '--augment' },
  {
    is: ({ mixup, cutmix }) => mixup !== null || cutmix !== null,
    what: 'mixed images',
    flag: '--mixup and --cutmix',
  },
  {
    is: ({ balance }) => balance === 'sampler',
    what: 'a balanced order',
    flag: '--balance sampler, or give --balance weights',
  },
  { is: ({ schedule }) => schedule !== null, what: 'a schedule', flag: '--schedule' },
  { is: ({ clip }) => clip !== null, what: 'limits of gradients', flag: '--clip' },
  { is: ({ ema }) => ema !== null, what: 'moving averages', flag: '--ema' },
  { is: ({ accumulate }) => accumulate > 1, what: 'accumulated gradients', flag: '--accumulate' },
  {
    is: ({ weightDecay }) => weightDecay !== null,
    what: 'weight decay',
    flag: '--weight-decay; --l2 is its like here',
  },
  { is: ({ layerDecay }) => layerDecay !== null, what: 'rates by layer', flag: '--layer-decay' },
  {
    is: ({ loss }) => loss === 'mae',
    what: 'the absolute error, which has a corner',
    flag: '--loss, or take huber',
  },
];

/**
 * The solver of a phase; undefined where it trains in epochs.
 *
 * @throws {GraftError} `argument`, where it asks for the solver, and for what a solver has not.
 */
export function findSolver(phase: Recipe, part: TrainedPart): LinearSolver | undefined {
  if (phase.optimizer !== SOLVER_NAME) {
    if (phase.l2 === null) return undefined;
    throw misfit(
      'the optimizer lbfgs beside l2',
      phase.optimizer,
      'Leave out --l2, or give --optimizer lbfgs.',
    );
  }
  const refused = REFUSED.find(({ is }) => is(phase));
  if (refused !== undefined) {
    throw misfit(
      'the same features in every iteration, and nothing of steps',
      refused.what,
      `Leave out ${refused.flag}, or take another --optimizer.`,
    );
  }
  const head = findLinearHead(part);
  if (head === undefined) {
    throw misfit(
      'a linear head on frozen features',
      phase.unfreeze === null ? 'a head of more layers' : 'a network that is trained, too',
      'Take --head linear, or another --optimizer: adam.',
    );
  }
  return { head, l2: phase.l2 ?? undefined };
}

function misfit(expected: string, received: string, advice: string): GraftError {
  return new GraftError('argument', { where: 'optimizer "lbfgs"', expected, received, advice });
}
