/** @file An optimizer as the dense kernel knows it, and which ones it knows. */

import { GraftError } from '../errors/graft-error.ts';
import {
  IDLE_DECAY,
  IDLE_NOTHING,
  IDLE_UPDATE,
  RULE_ADAM,
  RULE_RMSPROP,
  RULE_RMSPROP_CENTERED,
  RULE_RMSPROP_CENTERED_MOMENTUM,
  RULE_RMSPROP_MOMENTUM,
  RULE_SGD,
  RULE_SGD_MOMENTUM,
  RULE_SGD_NESTEROV,
} from '../kernels/dense-fields.ts';
import type { DenseRule } from '../kernels/dense-memory.ts';
import type { DenseFormula, DenseUpdate } from '../optimizers/dense-update.ts';
import { listSlots, type Optimizer } from '../optimizers/optimizer.ts';

/**
 * What only the graph step can do; undefined where the dense step can do all that the optimizer wants. Its kernel
 * updates a weight as soon as its gradient is there, so it knows no gradient as a whole and keeps none.
 */
export function graphStepNeededFor({
  clipping,
  gradientAccumulationSteps,
  dense,
}: Optimizer): string | undefined {
  if (dense === undefined) return 'a formula that the kernel has not';
  if (clipping?.by === 'norm') return 'clipNorm';
  if (clipping?.by === 'globalNorm') return 'globalClipNorm';
  return gradientAccumulationSteps > 1 ? 'gradientAccumulationSteps' : undefined;
}

/**
 * The rule and its numbers.
 *
 * @throws {GraftError} `argument`, if the optimizer needs the graph step.
 */
export function findRule(optimizer: Optimizer): DenseRule {
  const { className, config, clipping, dense } = optimizer;
  const unknown = graphStepNeededFor(optimizer);
  if (unknown !== undefined || dense === undefined) {
    throw new GraftError('argument', {
      where: 'dense step',
      expected: 'an optimizer that updates every weight by itself, at every step',
      received: `${className} with ${unknown}`,
      advice: 'Take the graph step.',
    });
  }
  const number = (name: string): number => Number(config[name] ?? 0);
  return {
    slots: listSlots(optimizer),
    clipValue: clipping?.limit ?? 0,
    rho: number('rho'),
    epsilon: number('epsilon'),
    momentum: number('momentum'),
    beta1: number('beta1'),
    beta2: number('beta2'),
    rule: RULES[dense.formula],
    idle: IDLE[dense.idle],
  };
}

const RULES: { readonly [F in DenseFormula]: number } = {
  sgd: RULE_SGD,
  'sgd-momentum': RULE_SGD_MOMENTUM,
  'sgd-nesterov': RULE_SGD_NESTEROV,
  rmsprop: RULE_RMSPROP,
  'rmsprop-momentum': RULE_RMSPROP_MOMENTUM,
  'rmsprop-centered': RULE_RMSPROP_CENTERED,
  'rmsprop-centered-momentum': RULE_RMSPROP_CENTERED_MOMENTUM,
  adam: RULE_ADAM,
};

const IDLE: { readonly [I in DenseUpdate['idle']]: number } = {
  nothing: IDLE_NOTHING,
  decay: IDLE_DECAY,
  update: IDLE_UPDATE,
};
