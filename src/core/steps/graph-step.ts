/**
 * @file The training step as one ONNX graph: forward, backward and optimizer. It trains anything that has gradients.
 *
 * Weights and slots are inputs and outputs. Outputs never share memory with inputs, as preallocated outputs could:
 * ONNX Runtime may write an updated weight before the last operator that reads the old one has run.
 *
 * They are vectors, in Keras' order: where a tensor's last axis is 1, as that of kernels may be, ONNX Runtime takes
 * arithmetic with a scalar element by element, 60 times as slow as with a vector.
 */

import { gradients } from '../autodiff/gradients.ts';
import { findSequenceShortcuts } from '../autodiff/sequence-shortcuts.ts';
import type { Shortcut } from '../autodiff/shortcut.ts';
import { emitSpatialFirst } from '../autodiff/spatial-first/emit-spatial-first.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Layer, Lowered, Lowering, SymbolicTensor, Weight, WeightSpec } from '../layers/layer.ts';
import { inferenceLowering, lowerTensor } from '../layers/lower-model.ts';
import { findLogits } from '../losses/logits.ts';
import type { Loss, PositionLosses } from '../losses/loss.ts';
import { ACCUMULATOR_SLOT, AVERAGE_SLOT, type Optimizer, slotsOf } from '../optimizers/optimizer.ts';
import { computeTurn, decays, type Turn } from '../optimizers/settings.ts';
import { accumulateGradients, updateWeights, type WeightInputs } from '../optimizers/update-weights.ts';
import { FLUSH_EVERY, smallestInSlots } from '../optimizers/vanishing-slots.ts';
import { createSession } from '../runtime/create-session.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { scalar, sizeOf, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import type { DropoutMasks } from './dropout-masks.ts';
import { boundarySpecs, isTrained, type TrainedPart } from './freeze-boundary.ts';
import { computeRateMultipliers, type RateMultipliers } from './rate-multipliers.ts';
import {
  type Batch,
  type StateView,
  type StepResult,
  type StepState,
  type TrainingStep,
  viewOfState,
} from './training-step.ts';

export interface GraphStepOptions extends RuntimeOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly masks: DropoutMasks;
  /** Default 1 for all. */
  readonly rateMultipliers?: RateMultipliers | undefined;
  /** Whether a step gives its logits. Default true. */
  readonly givesLogits?: boolean | undefined;
  readonly threads?: number | undefined;
}

/**
 * Compiles a training step for the trained part of a model. Its weights' present values are where it starts.
 *
 * @throws {GraftError} `shape`, if features have sizes that are not known, see `boundarySpecs`; `gradient`, if an operator on the way has no
 *   gradient; `weights`, if a weight has no numbers.
 */
export async function createGraphStep(part: TrainedPart, options: GraphStepOptions): Promise<TrainingStep> {
  const weights = trainedWeights(part, options.rateMultipliers);
  const { graph, masks } = stepGraph(part, weights, options, 'update');
  const machine = { threads: options.threads, runtime: options.runtime };
  const step = await createSession(graph, machine);
  // A graph of its own, so that the batches in between do not pay for an update that is thrown away.
  const accumulate =
    options.optimizer.gradientAccumulationSteps > 1
      ? await createSession(stepGraph(part, weights, options, 'accumulate').graph, machine)
      : step;
  return new GraphStep(
    {
      step,
      accumulate,
      forward: () => createSession(forwardGraph(part), machine),
      losses: () => createSession(lossesGraph(part, options.loss), machine),
      weights,
      statistics: movingStatistics(part),
      masks,
      features: boundarySpecs(part),
      targetWidth: options.loss.target === 'index' ? 1 : (part.output.shape.at(-1) ?? 1),
    },
    options,
  );
}

/** A weight that changes, under its name in the graph. */
interface ChangingWeight {
  /** `layer/weight`. */
  readonly key: string;
  readonly weight: Weight;
}

/** A weight that the optimizer moves. */
interface TrainedWeight extends ChangingWeight {
  readonly rateMultiplier: number;
}

/** An input for a Dropout layer's mask: `[N, ...shape]`, in the graph's order of axes. */
interface Mask {
  readonly input: string;
  readonly owner: Layer;
  /** By which masks are drawn: the layer's name, with a number from its second application on. */
  readonly layer: string;
  readonly rate: number;
  readonly shape: readonly number[];
}

interface Compiled {
  /** Moves the weights. */
  readonly step: Session;
  /** Only adds gradients up. */
  readonly accumulate: Session;
  /** From features to logits. Made when it is first asked for: it has its own copy of frozen weights. */
  readonly forward: () => Promise<Session>;
  readonly weights: readonly TrainedWeight[];
  readonly statistics: readonly ChangingWeight[];
  readonly masks: readonly Mask[];
  /** From features and targets to the loss of every row. Few need it: of a large vocabulary, logits are too many to be moved. */
  readonly losses: () => Promise<Session>;
  readonly features: readonly TensorSpec[];
  /** Numbers in a row's target. */
  readonly targetWidth: number;
}

function trainedWeights(
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
function movingStatistics({ layers, isTrainable }: TrainedPart): ChangingWeight[] {
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
function stepGraph(
  part: TrainedPart,
  weights: readonly TrainedWeight[],
  { loss, optimizer, givesLogits = true }: GraphStepOptions,
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
    const slots = slotsOf(optimizer).map(
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
function forwardGraph(part: TrainedPart): Graph {
  const builder = new GraphBuilder('forward');
  builder.output(emitTrainedPart(part, builder, false).logits, 'logits');
  return simplify(builder.build());
}

/** From `features`, `targets` and `layer/weight` to the loss of every row, dropout off. */
function lossesGraph(part: TrainedPart, loss: Loss): Graph {
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
  return { graph: simplify(builder.build()), moved: [...moved.keys()], masks };
}

/** Of a sequence `[N, S, K]`, every position is a row. */
function asRows(builder: GraphBuilder, logits: Value): Value {
  return logits.shape.length === 3 ? builder.reshape(logits, [-1, Number(logits.shape[2])]) : logits;
}

/** A weight from the vector that is fed, in the graph's order of axes. */
function weightInput(builder: GraphBuilder, key: string, { shape, graphOrder }: WeightSpec): Value {
  const vector = builder.input(key, 'float32', [sizeOf(shape)]);
  const value = builder.reshape(vector, shape, { name: `${key}/shaped` });
  return graphOrder === undefined ? value : builder.transpose(value, graphOrder);
}

function rowsOf(numbers: Float32Array, rows: number): Tensor {
  return tensor('float32', [rows, numbers.length / rows], numbers);
}

class GraphStep implements TrainingStep {
  readonly kind = 'graph';
  readonly #compiled: Compiled;
  readonly #options: GraphStepOptions;
  readonly #slots: readonly string[];
  /**
   * Weights and slots by their input's name, as vectors in Keras' order. Tensors are replaced; only what is too small in a
   * slot is written over.
   */
  readonly #state = new Map<string, Tensor>();
  /** Batches learned from. */
  #iteration = 0;
  /** Made when they are asked for. */
  #forward: Session | undefined;
  #losses: Session | undefined;

  constructor(compiled: Compiled, options: GraphStepOptions) {
    this.#compiled = compiled;
    this.#options = options;
    this.#slots = slotsOf(options.optimizer);
    for (const { key, weight } of compiled.weights) {
      this.#write(key, weight.spec, weight.value);
      for (const slot of this.#slots) {
        this.#state.set(`${key}/${slot}`, zeros('float32', [sizeOf(weight.spec.shape)]));
      }
    }
    for (const { key, weight } of compiled.statistics) this.#write(key, weight.spec, weight.value);
  }

  async run(batch: Batch, learningRate: number): Promise<StepResult> {
    const { size, sampleWeights } = batch;
    const { step, accumulate, masks } = this.#compiled;
    const turn = computeTurn(this.#options.optimizer, this.#iteration);
    const session = turn.isUpdate ? step : accumulate;
    const all: Record<string, Tensor> = {
      ...this.#features(batch.features, size),
      targets: rowsOf(batch.targets, sampleWeights.length),
      sample_weights: tensor('float32', [sampleWeights.length], sampleWeights),
      learning_rate: scalar(learningRate),
      iteration: scalar(turn.updates + 1),
      ema_momentum: scalar(turn.emaMomentum),
      ...Object.fromEntries(this.#state),
    };
    for (const { input, layer, rate, shape } of masks) {
      const mask = this.#options.masks.draw(layer, rate, size * sizeOf(shape));
      all[input] = tensor('float32', [size, ...shape], mask);
    }
    const feeds = Object.fromEntries(session.inputNames.map((name) => [name, all[name]!]));
    const results = await session.run(feeds);
    for (const key of this.#state.keys()) {
      const updated = results[`${key}:updated`];
      if (updated !== undefined) this.#state.set(key, updated);
    }
    this.#finishTurn(turn);
    this.#iteration++;
    if (this.#iteration % FLUSH_EVERY === 0) this.#flushSlots();
    const logits = (results['logits']?.data ?? new Float32Array(0)) as Float32Array;
    return { loss: Number(results['loss']!.data[0]), logits };
  }

  /** What needs no computation: empties the sums of gradients, makes the averages the weights. */
  #finishTurn({ isUpdate, overwrites }: Turn): void {
    const { optimizer } = this.#options;
    for (const { key } of this.#compiled.weights) {
      const sum = `${key}/${ACCUMULATOR_SLOT}`;
      const { shape } = this.#state.get(key)!;
      if (isUpdate && this.#state.has(sum)) this.#state.set(sum, zeros('float32', shape));
      if (optimizer.ema && overwrites) this.#state.set(key, this.#state.get(`${key}/${AVERAGE_SLOT}`)!);
    }
  }

  #flushSlots(): void {
    const { optimizer } = this.#options;
    const smallest = smallestInSlots(optimizer);
    for (const { key } of this.#compiled.weights) {
      for (const slot of optimizer.slots) {
        const numbers = this.#state.get(`${key}/${slot}`)!.data as Float32Array;
        for (let i = 0; i < numbers.length; i++) if (Math.abs(numbers[i]!) < smallest) numbers[i] = 0;
      }
    }
  }

  async predict(features: readonly Tensor[], size: number): Promise<Float32Array> {
    this.#forward ??= await this.#compiled.forward();
    const { logits } = await this.#forward.run({
      ...this.#features(features, size),
      ...this.#weights(),
    });
    return logits!.data as Float32Array;
  }

  async evaluate({
    features,
    targets,
    size,
  }: Pick<Batch, 'features' | 'targets' | 'size'>): Promise<Float32Array> {
    this.#losses ??= await this.#compiled.losses();
    const all: Record<string, Tensor> = {
      ...this.#features(features, size),
      ...this.#weights(),
      targets: rowsOf(targets, targets.length / this.#compiled.targetWidth),
    };
    const feeds = Object.fromEntries(this.#losses.inputNames.map((name) => [name, all[name]!]));
    const { losses } = await this.#losses.run(feeds);
    return losses!.data as Float32Array;
  }

  async readState({ slots: withSlots = true } = {}): Promise<StepState> {
    const weights = new Map<string, Float32Array>();
    const slots = new Map<string, Float32Array>();
    for (const { key } of this.#compiled.weights) {
      weights.set(key, this.#read(key));
      if (!withSlots) continue;
      for (const slot of this.#slots) {
        slots.set(`${key}/${slot}`, this.#read(`${key}/${slot}`));
      }
    }
    for (const { key } of this.#compiled.statistics) weights.set(key, this.#read(key));
    return { iteration: this.#iteration, weights, slots };
  }

  /** Its states are small beside what a step computes: a copy will do. */
  async viewState(): Promise<StateView> {
    return viewOfState(await this.readState());
  }

  /** What a state lacks stays as it is. @throws {GraftError} `shape`, if something has another size. */
  async writeState(state: StepState): Promise<void> {
    for (const { key, weight } of this.#compiled.weights) {
      this.#write(key, weight.spec, state.weights.get(key));
      for (const slot of this.#slots) {
        this.#write(`${key}/${slot}`, weight.spec, state.slots.get(`${key}/${slot}`));
      }
    }
    for (const { key, weight } of this.#compiled.statistics) {
      this.#write(key, weight.spec, state.weights.get(key));
    }
    this.#iteration = state.iteration;
    this.#options.masks.goTo(state.iteration);
  }

  async dispose(): Promise<void> {
    await this.#compiled.step.dispose();
    await this.#compiled.accumulate.dispose();
    await this.#forward?.dispose();
    await this.#losses?.dispose();
  }

  #weights(): Record<string, Tensor> {
    const { weights, statistics } = this.#compiled;
    return Object.fromEntries([...weights, ...statistics].map(({ key }) => [key, this.#state.get(key)!]));
  }

  /** Numbers that are the features, whatever their shape is told to be: those of a map may come flattened. */
  #features(features: readonly Tensor[], size: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    this.#compiled.features.forEach(({ name, dtype, shape }, index) => {
      const given = features[index];
      const sizes = [size, ...shape.map((each, axis) => each ?? given?.shape[axis + 1] ?? 0)];
      if (given?.dtype !== dtype || given.data.length !== sizeOf(sizes)) {
        throw new GraftError('shape', {
          where: 'graph step',
          expected: `${name} [${[size, ...shape.map((each) => each ?? '?')].join(', ')}]`,
          received: given === undefined ? 'none' : `${given.data.length} numbers`,
          advice: 'Give the features of the model whose head this is.',
        });
      }
      feeds[name] = tensor(dtype, sizes, given.data);
    });
    return feeds;
  }

  #read(name: string): Float32Array {
    return Float32Array.from(this.#state.get(name)!.data as Float32Array);
  }

  #write(name: string, spec: WeightSpec, value: Float32Array | undefined): void {
    if (value === undefined) return;
    if (value.length !== sizeOf(spec.shape)) {
      throw new GraftError('shape', {
        where: `state "${name}"`,
        expected: `${sizeOf(spec.shape)} numbers`,
        received: `${value.length}`,
        advice: 'Give the state of a step with the same layers.',
      });
    }
    // A copy: the caller's numbers may change, and a layer's must not.
    this.#state.set(name, tensor('float32', [value.length], Float32Array.from(value)));
  }
}
