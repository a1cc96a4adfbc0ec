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
import { type Optimizer, slotsOf } from '../optimizers/optimizer.ts';

/**
 * What only the graph step can do; undefined where the dense step can do all that the optimizer wants. Its kernel
 * updates a weight as soon as its gradient is there, so it knows no gradient as a whole and keeps none.
 */
export function graphStepNeededFor({ clipping, gradientAccumulationSteps }: Optimizer): string | undefined {
  if (clipping?.by === 'norm') return 'clipNorm';
  if (clipping?.by === 'globalNorm') return 'globalClipNorm';
  return gradientAccumulationSteps > 1 ? 'gradientAccumulationSteps' : undefined;
}

/**
 * The rule and its numbers.
 *
 * @throws {GraftError} `argument`, if the optimizer needs the graph step.
 */
export function ruleOf(optimizer: Optimizer): DenseRule {
  const { className, config, weightDecay, clipping } = optimizer;
  const unknown = graphStepNeededFor(optimizer);
  if (unknown !== undefined) {
    throw new GraftError('argument', {
      where: 'dense step',
      expected: 'an optimizer that updates every weight by itself, at every step',
      received: `${className} with ${unknown}`,
      advice: 'Take the graph step.',
    });
  }
  const number = (name: string): number => Number(config[name] ?? 0);
  const numbers = {
    slots: slotsOf(optimizer),
    clipValue: clipping?.limit ?? 0,
    rho: number('rho'),
    epsilon: number('epsilon'),
    momentum: number('momentum'),
    beta1: number('beta1'),
    beta2: number('beta2'),
  };
  const moving = numbers.momentum > 0;
  switch (className) {
    case 'SGD': {
      const rule = !moving ? RULE_SGD : config['nesterov'] === true ? RULE_SGD_NESTEROV : RULE_SGD_MOMENTUM;
      return { ...numbers, rule, idle: moving || weightDecay > 0 ? IDLE_UPDATE : IDLE_NOTHING };
    }
    case 'RMSprop': {
      const [plain, withMomentum] =
        config['centered'] === true
          ? [RULE_RMSPROP_CENTERED, RULE_RMSPROP_CENTERED_MOMENTUM]
          : [RULE_RMSPROP, RULE_RMSPROP_MOMENTUM];
      // Without epsilon a gradient of 0 gives 0 / 0, as in Keras: no short cut then.
      const idle = moving || weightDecay > 0 || numbers.epsilon === 0 ? IDLE_UPDATE : IDLE_DECAY;
      return { ...numbers, rule: moving ? withMomentum : plain, idle };
    }
    case 'Adam':
    case 'AdamW':
      return { ...numbers, rule: RULE_ADAM, idle: IDLE_UPDATE };
  }
}

/** Adam's step size with its bias correction, in float32 as Keras computes it; 0 for others. */
export function alphaOf({ config }: Optimizer, learningRate: number, iteration: number): number {
  if (typeof config['beta1'] !== 'number' || typeof config['beta2'] !== 'number') return 0;
  const round = Math.fround;
  const rest = (beta: number): number => round(1 - round(round(beta) ** iteration));
  const scaled = round(round(learningRate) * round(Math.sqrt(rest(config['beta2']))));
  return round(scaled / rest(config['beta1']));
}
