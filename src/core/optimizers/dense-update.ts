/** @file What the fused kernel for dense heads is told of an optimizer whose formula it has built in. */

/** The formulas that the kernel has, by their variants. */
export type DenseFormula =
  | 'sgd'
  | 'sgd-momentum'
  | 'sgd-nesterov'
  | 'rmsprop'
  | 'rmsprop-momentum'
  | 'rmsprop-centered'
  | 'rmsprop-centered-momentum'
  | 'adam';

export interface DenseUpdate {
  readonly formula: DenseFormula;
  /**
   * What a row of weights without a gradient needs: `nothing` where it stays as it is, `decay` where only the slots decay,
   * `update` where the weights move too.
   */
  readonly idle: 'nothing' | 'decay' | 'update';
  /** Step size in float32, as Keras computes it, where it is not the learning rate. @param iteration - From 1. */
  readonly alpha?: (learningRate: number, iteration: number) => number;
}
