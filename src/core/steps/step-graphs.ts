/**
 * @file The graphs of a training step: forward, backward and optimizer in one; the forward pass alone; the loss of every row.
 *
 * Weights and slots are inputs and outputs. They are vectors, in Keras' order: where a tensor's last axis is 1, as that of kernels may
 * be, ONNX Runtime takes arithmetic with a scalar element by element, 60 times as slow as with a vector.
 */

import { gradients } from '../autodiff/gradients.ts';
import { findSequenceShortcuts } from '../autodiff/sequence-shortcuts.ts';
import type { Shortcut } from '../autodiff/shortcut.ts';
import { emitSpatialFirst } from '../autodiff/spatial-first/emit-spatial-first.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { joinNarrowProducts } from '../graph/passes/join-narrow-products.ts';
import { padLeadingDimensions } from '../graph/passes/pad-leading-dimensions.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Layer, Lowered, Lowering, SymbolicTensor, Weight, WeightSpec } from '../layers/layer.ts';
import { inferenceLowering, lowerTensor } from '../layers/lower-model.ts';
import { findLogits } from '../losses/logits.ts';
import type { Loss, PositionLosses } from '../losses/loss.ts';
import { listSlots, type Optimizer } from '../optimizers/optimizer.ts';
import { decays } from '../optimizers/settings.ts';
import { accumulateGradients, updateWeights, type WeightInputs } from '../optimizers/update-weights.ts';
import { computeSize } from '../tensor/tensor.ts';
import { boundarySpecs, isTrained, type TrainedPart } from './freeze-boundary.ts';
import { computeRateMultipliers, type RateMultipliers } from './rate-multipliers.ts';

export interface StepGraphOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Whether a step gives its logits. Default true. */
  readonly givesLogits?: boolean | undefined;
}

/** A weight that changes, under its name in the graph. */
export interface ChangingWeight {
  /** `layer/weight`. */
  readonly key: string;
  readonly weight: Weight;
}

/** A weight that the optimizer moves. */
export interface TrainedWeight extends ChangingWeight {
  readonly rateMultiplier: number;
}

/** An input for a Dropout layer's mask: `[N, ...shape]`, in the graph's order of axes. */
export interface Mask {
  readonly input: string;
  readonly owner: Layer;
  /** By which masks are drawn: the layer's name, with a number from its second application on. */
  readonly layer: string;
  readonly rate: number;
  readonly shape: readonly number[];
}

export function trainedWeights(
  { layers, isTrainable }: TrainedPart,
  multipliers: RateMultipliers | undefined,
): TrainedWeight[] {
  const trained = layers.filter((layer) => isTrained(layer, isTrainable));
  const rates = computeRateMultipliers(
    trained.map(({ name }) => name),
    multipliers,
  );
  return trained.flatMap((layer) =>
    layer.weights
      .filter(({ trainable }) => trainable)
      .map((weight) => ({
        key: `${layer.name}/${weight.spec.name}`,
        weight,
        rateMultiplier: rates.get(layer.name)!,
      })),
  );
}

/** What follows the batches without an optimizer: statistics of batch normalizations that are not frozen. */
export function movingStatistics({ layers, isTrainable }: TrainedPart): ChangingWeight[] {
  return layers
    .filter(isTrainable)
    .flatMap((layer) =>
      layer.weights
        .filter(({ spec }) => spec.moving === true)
        .map((weight) => ({ key: `${layer.name}/${weight.spec.name}`, weight })),
    );
}

/**
 * Forward, backward, and an update or the adding up of gradients. Inputs: `features`, `targets`, `sample_weights`,
 * `learning_rate`, `iteration`, `ema_momentum`, `layer/mask`, `layer/weight`, `layer/weight/slot`. Outputs: `loss`,
 * `logits`, and of the last two with `:updated` what changes.
 */
export function stepGraph(
  part: TrainedPart,
  weights: readonly TrainedWeight[],
  { loss, optimizer, givesLogits = true }: StepGraphOptions,
  turn: 'update' | 'accumulate',
): { graph: Graph; masks: readonly Mask[] } {
  const builder = new GraphBuilder('training_step');
  const { logits, statistics, shortcuts, masks } = emitTrainedPart(part, builder, true);
  const targets = targetsInput(builder, logits, loss);
  const sampleWeights = builder.input('sample_weights', 'float32', [targets.shape[0]!]);

  const { losses, shortcuts: lossShortcuts } = lossesOf(part, loss, builder, logits, targets);
  const weighted = builder.mul(losses, sampleWeights);
  const mean = builder.meanOfAll(weighted);
  builder.output(mean, 'loss');
  if (givesLogits) builder.output(logits, 'logits');
  for (const [key, value] of statistics) builder.output(value, `${key}:updated`);
  const values = weights.map(({ key }) => builder.value(key));
  const slopes = gradients(builder, mean, values, {
    shortcuts: [...shortcuts, ...lossShortcuts, ...findSequenceShortcuts(builder)],
  });
  const given = weights.map(({ key, weight, rateMultiplier }, index): WeightInputs => {
    const value = values[index]!;
    const slots = listSlots(optimizer).map(
      (slot) => [slot, builder.input(`${key}/${slot}`, 'float32', value.shape)] as const,
    );
    return {
      weight: value,
      gradient: slopes[index]!,
      slots: new Map(slots),
      decays: decays(optimizer, weight.spec),
      rateMultiplier,
    };
  });
  const scalarInput = (name: string): Value => builder.input(name, 'float32', []);
  const ema = optimizer.ema && { emaMomentum: scalarInput('ema_momentum') };
  const changes =
    turn === 'accumulate'
      ? accumulateGradients(builder, given, { ...ema })
      : updateWeights(builder, optimizer, given, {
          learningRate: scalarInput('learning_rate'),
          iteration: scalarInput('iteration'),
          ...ema,
        });
  changes.forEach(({ weight, slots }, index) => {
    const { key } = weights[index]!;
    if (weight !== undefined) builder.output(weight, `${key}:updated`);
    for (const [slot, value] of slots) builder.output(value, `${key}/${slot}:updated`);
  });
  return { graph: simplify(builder.build()), masks };
}

/** From `features` and `layer/weight` to `logits`, dropout off. */
export function forwardGraph(part: TrainedPart): Graph {
  const builder = new GraphBuilder('forward');
  builder.output(emitTrainedPart(part, builder, false).logits, 'logits');
  return simplify(builder.build());
}

/** From `features`, `targets` and `layer/weight` to the loss of every row, dropout off. */
export function lossesGraph(part: TrainedPart, loss: Loss): Graph {
  const builder = new GraphBuilder('losses');
  const { logits } = emitTrainedPart(part, builder, false);
  const targets = targetsInput(builder, logits, loss);
  builder.output(lossesOf(part, loss, builder, logits, targets).losses, 'losses');
  return simplify(builder.build());
}

/** Of a sequence, rows are positions. */
function lossesOf(
  { output }: TrainedPart,
  loss: Loss,
  builder: GraphBuilder,
  logits: Value,
  targets: Value,
): PositionLosses {
  const isSequence = output.shape.length === 3;
  const asPositions = isSequence ? loss.perPosition?.(builder, logits, targets) : undefined;
  return asPositions ?? { losses: loss.perSample(builder, logits, targets), shortcuts: [] };
}

function targetsInput(builder: GraphBuilder, logits: Value, loss: Loss): Value {
  const [rows, width] = logits.shape;
  return builder.input('targets', 'float32', [rows!, loss.target === 'index' ? 1 : Number(width)]);
}

/** Emits the layers in the form that is fastest to train, with the inputs that {@link lowerTrainedPart} names. */
function emitTrainedPart(
  part: TrainedPart,
  builder: GraphBuilder,
  training: boolean,
): {
  logits: Value;
  statistics: ReadonlyMap<string, Value>;
  shortcuts: readonly Shortcut[];
  masks: readonly Mask[];
} {
  const { graph, moved, masks } = lowerTrainedPart(part, training);
  const feeds = graph.inputs.map(
    ({ name, dtype, shape }) => [name, builder.input(name, dtype, shape)] as const,
  );
  const { outputs, shortcuts } = emitSpatialFirst(builder, graph, new Map(feeds));
  const statistics = new Map(moved.map((key, index) => [key, outputs[index + 1]!]));
  return { logits: outputs[0]!, statistics, shortcuts, masks };
}

/**
 * The layers as they are; weights that change and masks become inputs, frozen weights constants. Outputs are the logits
 * and then the statistics that were moved.
 */
function lowerTrainedPart(
  part: TrainedPart,
  training: boolean,
): { graph: Graph; moved: readonly string[]; masks: readonly Mask[] } {
  const builder = new GraphBuilder('trained_part');
  const inputs = new Map<string, Value>();
  const masks: Mask[] = [];
  const moved = new Map<string, Value>();
  const frozen = inferenceLowering(builder);
  const lowering: Lowering = {
    builder,
    training,
    weight(layer, name) {
      const weight = layer.weight(name);
      const { spec } = weight;
      const changes = part.isTrainable(layer) && (weight.trainable || spec.moving === true);
      if (!changes) return frozen.weight(layer, name);
      const key = `${layer.name}/${name}`;
      // What an application of the layer before has moved, the next one moves on.
      const value = moved.get(key) ?? inputs.get(key) ?? weightInput(builder, key, spec);
      if (moved.has(key)) return value;
      inputs.set(key, value);
      return value;
    },
    dropoutMask(layer, rate, shape) {
      const earlier = masks.filter((mask) => mask.owner === layer).length;
      const name = earlier === 0 ? layer.name : `${layer.name}:${earlier}`;
      const input = `${name}/mask`;
      masks.push({ input, owner: layer, layer: name, rate, shape });
      return builder.input(input, 'float32', ['N', ...shape]);
    },
    moveStatistic(layer, name, updated) {
      moved.set(`${layer.name}/${name}`, updated);
    },
  };
  const given = new Map<SymbolicTensor, Lowered>();
  boundarySpecs(part).forEach(({ name, dtype, shape }, index) => {
    const value = builder.input(name, dtype, ['N', ...shape.map((size) => size ?? 'S')]);
    given.set(part.boundary[index]!, { value, layout: 'plain' });
  });
  const output = lowerTensor(part.output, lowering, given);
  builder.output(asRows(builder, findLogits(builder, output.value)), 'logits');
  for (const [key, value] of moved) builder.output(value, `${key}:updated`);
  // Before there are gradients, so that theirs are such products, too.
  const graph = padLeadingDimensions(joinNarrowProducts(simplify(builder.build())));
  return { graph, moved: [...moved.keys()], masks };
}

/** Of a sequence `[N, S, K]`, every position is a row. */
function asRows(builder: GraphBuilder, logits: Value): Value {
  return logits.shape.length === 3 ? builder.reshape(logits, [-1, Number(logits.shape[2])]) : logits;
}

/** A weight from the vector that is fed, in the graph's order of axes. */
function weightInput(builder: GraphBuilder, key: string, { shape, graphOrder }: WeightSpec): Value {
  const vector = builder.input(key, 'float32', [computeSize(shape)]);
  const value = builder.reshape(vector, shape, { name: `${key}/shaped` });
  return graphOrder === undefined ? value : builder.transpose(value, graphOrder);
}
