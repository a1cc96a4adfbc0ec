/** @file One turn of an optimizer on all weights, as operators, in Keras' order: clip, decay, update, average. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { ACCUMULATOR_SLOT, AVERAGE_SLOT, type Optimizer } from './optimizer.ts';
import type { Clipping } from './settings.ts';
import { sumOfScalars, sumOfSquares } from './sum-of-squares.ts';

/** A weight and what belongs to it, all of its shape. */
export interface WeightInputs {
  readonly weight: Value;
  readonly gradient: Value;
  /** By the names of `slotsOf`. */
  readonly slots: ReadonlyMap<string, Value>;
  readonly decays: boolean;
  /** What the learning rate is multiplied by. */
  readonly rateMultiplier: number;
}

/** Scalars that are fed at every turn. */
export interface TurnInputs {
  readonly learningRate: Value;
  /** Number of this update, from 1. */
  readonly iteration: Value;
  /** What stays of the averages; of use only where the optimizer keeps some. */
  readonly emaMomentum?: Value;
}

/** What changed: slots that are missing here stay, or are 0 again (`gradient_accumulator` after an update). */
export interface WeightOutputs {
  readonly weight?: Value;
  readonly slots: ReadonlyMap<string, Value>;
}

/**
 * Emits an update of all weights.
 *
 * With gradient accumulation, `g = (g + gradient_accumulator) / gradientAccumulationSteps` first.
 */
export function updateWeights(
  ops: Ops,
  optimizer: Optimizer,
  weights: readonly WeightInputs[],
  { learningRate, iteration, emaMomentum }: TurnInputs,
): WeightOutputs[] {
  const { clipping, weightDecay, slots: slotNames } = optimizer;
  const gradients = clipped(
    ops,
    clipping,
    weights.map((each) => meanGradient(ops, optimizer, each)),
  );
  return weights.map(({ weight, slots, decays, rateMultiplier }, index) => {
    const rate = ops.mul(learningRate, rateMultiplier);
    const updated = optimizer.update(ops, {
      weight: decays ? ops.sub(weight, ops.mul(weight, ops.mul(rate, weightDecay))) : weight,
      gradient: gradients[index]!,
      slots: Object.fromEntries(slotNames.map((name) => [name, slots.get(name)!])),
      learningRate: rate,
      iteration,
    });
    const changed = new Map(slotNames.map((name) => [name, updated.slots[name]!]));
    const average = averaged(ops, slots.get(AVERAGE_SLOT), updated.weight, emaMomentum);
    if (average !== undefined) changed.set(AVERAGE_SLOT, average);
    return { weight: updated.weight, slots: changed };
  });
}

/** Emits a turn that only adds the gradients up. As in Keras, the averages move although the weights do not. */
export function accumulateGradients(
  ops: Ops,
  weights: readonly WeightInputs[],
  { emaMomentum }: Pick<TurnInputs, 'emaMomentum'>,
): WeightOutputs[] {
  return weights.map(({ weight, gradient, slots }) => {
    const sum = ops.add(gradient, slots.get(ACCUMULATOR_SLOT)!);
    const changed = new Map([[ACCUMULATOR_SLOT, sum]]);
    const average = averaged(ops, slots.get(AVERAGE_SLOT), weight, emaMomentum);
    if (average !== undefined) changed.set(AVERAGE_SLOT, average);
    return { slots: changed };
  });
}

function meanGradient(
  ops: Ops,
  { gradientAccumulationSteps: steps }: Optimizer,
  { gradient, slots }: WeightInputs,
): Value {
  const accumulated = slots.get(ACCUMULATOR_SLOT);
  if (accumulated === undefined) return gradient;
  return ops.div(ops.add(gradient, accumulated), steps);
}

function clipped(ops: Ops, clipping: Clipping | undefined, gradients: readonly Value[]): Value[] {
  if (clipping === undefined) return [...gradients];
  const limit = ops.scalar(clipping.limit);
  switch (clipping.by) {
    case 'value': {
      // Not Clip: what is not a number has to stay so, and be noticed.
      const low = ops.scalar(-clipping.limit);
      return gradients.map((g) => ops.max(ops.min(g, limit), low));
    }
    case 'norm':
      return gradients.map((g) => {
        const norm = ops.sqrt(sumOfSquares(ops, g));
        return ops.div(ops.mul(g, limit), ops.max(norm, limit));
      });
    case 'globalNorm': {
      const squares = gradients.map((g) => sumOfSquares(ops, g));
      const norm = ops.sqrt(sumOfScalars(ops, squares));
      const fraction = ops.min(ops.reciprocal(norm), ops.reciprocal(limit));
      // The difference is 0, but not a number where the norm is infinite: as in TensorFlow, the weights tell then.
      const scale = ops.add(ops.mul(limit, fraction), ops.sub(norm, norm));
      return gradients.map((g) => ops.mul(g, scale));
    }
  }
}

/** `momentum average + (1 - momentum) weight` */
function averaged(
  ops: Ops,
  average: Value | undefined,
  weight: Value,
  momentum: Value | undefined,
): Value | undefined {
  if (average === undefined || momentum === undefined) return undefined;
  const rest = ops.sub(1, momentum);
  return ops.add(ops.mul(momentum, average), ops.mul(rest, weight));
}
