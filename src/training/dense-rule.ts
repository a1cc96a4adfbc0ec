/** @file An optimiser as the dense kernel knows it. */

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
import type { DenseRule } from '../kernels/dense-kernel.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';

/** The rule and its numbers. */
export function ruleOf({ className, config, slots }: Optimizer): DenseRule {
  const number = (name: string): number => Number(config[name] ?? 0);
  const weightDecay = number('weightDecay');
  const numbers = {
    slots,
    weightDecay,
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
