/**
 * @file The training step as one ONNX graph: forward, backward and optimizer. It trains anything that has gradients.
 *
 * Outputs never share memory with inputs, as preallocated outputs could: ONNX Runtime may write an updated weight before
 * the last operator that reads the old one has run.
 */

import { GraftError } from '../errors/graft-error.ts';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import type { WeightSpec } from '../layers/layer.ts';
import { ACCUMULATOR_SLOT, AVERAGE_SLOT, listSlots } from '../optimizers/optimizer.ts';
import { computeTurn, type Turn } from '../optimizers/settings.ts';
import { FLUSH_EVERY, smallestInSlots } from '../optimizers/vanishing-slots.ts';
import { createSession } from '../runtime/create-session.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { computeSize, scalar, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import type { DropoutMasks } from './dropout-masks.ts';
import { boundarySpecs, type TrainedPart } from './freeze-boundary.ts';
import type { RateMultipliers } from './rate-multipliers.ts';
import {
  type ChangingWeight,
  forwardGraph,
  lossesGraph,
  type Mask,
  movingStatistics,
  type StepGraphOptions,
  stepGraph,
  type TrainedWeight,
  trainedWeights,
} from './step-graphs.ts';
import {
  type Batch,
  type StateView,
  type StepResult,
  type StepState,
  type TrainingStep,
  viewOfState,
} from './training-step.ts';

export interface GraphStepOptions extends StepGraphOptions, RuntimeOptions {
  readonly masks: DropoutMasks;
  /** Default 1 for all. */
  readonly rateMultipliers?: RateMultipliers | undefined;
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
    this.#slots = listSlots(options.optimizer);
    for (const { key, weight } of compiled.weights) {
      this.#write(key, weight.spec, weight.value);
      for (const slot of this.#slots) {
        this.#state.set(`${key}/${slot}`, zeros('float32', [computeSize(weight.spec.shape)]));
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
      const mask = this.#options.masks.draw(layer, rate, size * computeSize(shape));
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
      if (given?.dtype !== dtype || given.data.length !== computeSize(sizes)) {
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
    if (value.length !== computeSize(spec.shape)) {
      throw new GraftError('shape', {
        where: `state "${name}"`,
        expected: `${computeSize(spec.shape)} numbers`,
        received: `${value.length}`,
        advice: 'Give the state of a step with the same layers.',
      });
    }
    // A copy: the caller's numbers may change, and a layer's must not.
    this.#state.set(name, tensor('float32', [value.length], Float32Array.from(value)));
  }
}
