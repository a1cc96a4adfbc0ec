/** @file One turn of an optimizer on all weights, as operators, in Keras' order: clip, decay, update, average. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
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
  builder: GraphBuilder,
  optimizer: Optimizer,
  weights: readonly WeightInputs[],
  { learningRate, iteration, emaMomentum }: TurnInputs,
): WeightOutputs[] {
  const { clipping, weightDecay, slots: slotNames } = optimizer;
  const gradients = clipped(
    builder,
    clipping,
    weights.map((each) => meanGradient(builder, optimizer, each)),
  );
  return weights.map(({ weight, slots, decays, rateMultiplier }, index) => {
    const rate =
      rateMultiplier === 1 ? learningRate : builder.op('Mul', [learningRate, builder.scalar(rateMultiplier)]);
    let kept = weight;
    if (decays) {
      const decay = builder.op('Mul', [rate, builder.scalar(weightDecay)]);
      kept = builder.op('Sub', [weight, builder.op('Mul', [weight, decay])]);
    }
    const updated = optimizer.update(builder, {
      weight: kept,
      gradient: gradients[index]!,
      slots: slotNames.map((name) => slots.get(name)!),
      learningRate: rate,
      iteration,
    });
    const changed = new Map(slotNames.map((name, i) => [name, updated.slots[i]!]));
    const average = averaged(builder, slots.get(AVERAGE_SLOT), updated.weight, emaMomentum);
    if (average !== undefined) changed.set(AVERAGE_SLOT, average);
    return { weight: updated.weight, slots: changed };
  });
}

/** Emits a turn that only adds the gradients up. As in Keras, the averages move although the weights do not. */
export function accumulateGradients(
  builder: GraphBuilder,
  weights: readonly WeightInputs[],
  { emaMomentum }: Pick<TurnInputs, 'emaMomentum'>,
): WeightOutputs[] {
  return weights.map(({ weight, gradient, slots }) => {
    const sum = builder.op('Add', [gradient, slots.get(ACCUMULATOR_SLOT)!]);
    const changed = new Map([[ACCUMULATOR_SLOT, sum]]);
    const average = averaged(builder, slots.get(AVERAGE_SLOT), weight, emaMomentum);
    if (average !== undefined) changed.set(AVERAGE_SLOT, average);
    return { slots: changed };
  });
}

function meanGradient(
  builder: GraphBuilder,
  { gradientAccumulationSteps: steps }: Optimizer,
  { gradient, slots }: WeightInputs,
): Value {
  const accumulated = slots.get(ACCUMULATOR_SLOT);
  if (accumulated === undefined) return gradient;
  return builder.op('Div', [builder.op('Add', [gradient, accumulated]), builder.scalar(steps)]);
}

function clipped(
  builder: GraphBuilder,
  clipping: Clipping | undefined,
  gradients: readonly Value[],
): Value[] {
  if (clipping === undefined) return [...gradients];
  const limit = builder.scalar(clipping.limit);
  switch (clipping.by) {
    case 'value': {
      // Not Clip: what is not a number has to stay so, and be noticed.
      const low = builder.scalar(-clipping.limit);
      return gradients.map((g) => builder.op('Max', [builder.op('Min', [g, limit]), low]));
    }
    case 'norm':
      return gradients.map((g) => {
        const norm = builder.op('Sqrt', [sumOfSquares(builder, g)]);
        return builder.op('Div', [builder.op('Mul', [g, limit]), builder.op('Max', [norm, limit])]);
      });
    case 'globalNorm': {
      const squares = gradients.map((g) => sumOfSquares(builder, g));
      const norm = builder.op('Sqrt', [sumOfScalars(builder, squares)]);
      const fraction = builder.op('Min', [
        builder.op('Reciprocal', [norm]),
        builder.op('Reciprocal', [limit]),
      ]);
      // The difference is 0, but not a number where the norm is infinite: as in TensorFlow, the weights tell then.
      const scale = builder.op('Add', [
        builder.op('Mul', [limit, fraction]),
        builder.op('Sub', [norm, norm]),
      ]);
      return gradients.map((g) => builder.op('Mul', [g, scale]));
    }
  }
}

/** `momentum average + (1 - momentum) weight` */
function averaged(
  builder: GraphBuilder,
  average: Value | undefined,
  weight: Value,
  momentum: Value | undefined,
): Value | undefined {
  if (average === undefined || momentum === undefined) return undefined;
  const rest = builder.op('Sub', [builder.scalar(1), momentum]);
  return builder.op('Add', [builder.op('Mul', [momentum, average]), builder.op('Mul', [rest, weight])]);
}
