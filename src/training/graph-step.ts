/**
 * @file The training step as one ONNX graph: forward, backward and optimiser. It trains anything that has gradients.
 *
 * Weights and slots are inputs and outputs. Outputs never share memory with inputs, as preallocated outputs could:
 * ONNX Runtime may write an updated weight before the last operator that reads the old one has run.
 */

import { gradients } from '../autodiff/gradients.ts';
import { GraftError } from '../errors/graft-error.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Layer, Lowered, Lowering, SymbolicTensor, Weight, WeightSpec } from '../layers/layer.ts';
import {
  fromGraphOrder,
  graphShape,
  inferenceLowering,
  lowerTensor,
  toGraphOrder,
} from '../layers/lower-model.ts';
import { logitsOf } from '../losses/logits.ts';
import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { scalar, sizeOf, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import type { DropoutMasks } from './dropout-masks.ts';
import { featureShape, isTrained, type TrainedPart } from './frontier.ts';
import type { Batch, StepResult, StepState, TrainingStep } from './training-step.ts';

export interface GraphStepOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly masks: DropoutMasks;
  readonly threads?: number;
}

/**
 * Compiles a training step for the trained part of a model. Its weights' present values are where it starts.
 *
 * @throws {GraftError} `shape`, if the features have no fixed size; `gradient`, if an operator on the way has no
 *   gradient; `graph`, if a BatchNormalization is not frozen; `weights`, if a weight has no numbers.
 */
export async function createGraphStep(part: TrainedPart, options: GraphStepOptions): Promise<TrainingStep> {
  const weights = trainedWeights(part);
  const { graph, masks } = stepGraph(part, weights, options);
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const step = await createSession(graph, threads);
  const forward = await createSession(forwardGraph(part), threads);
  return new GraphStep({ step, forward, weights, masks, featureShape: featureShape(part) }, options);
}

/** A weight that is trained, under its name in the graph. */
interface TrainedWeight {
  /** `layer/weight`. */
  readonly key: string;
  readonly weight: Weight;
}

/** An input for a Dropout layer's mask: `[N, ...shape]`, in the graph's order of axes. */
interface Mask {
  readonly input: string;
  readonly layer: string;
  readonly rate: number;
  readonly shape: readonly number[];
}

interface Compiled {
  readonly step: Session;
  readonly forward: Session;
  readonly weights: readonly TrainedWeight[];
  readonly masks: readonly Mask[];
  readonly featureShape: readonly number[];
}

function trainedWeights({ layers }: TrainedPart): TrainedWeight[] {
  return layers.flatMap((layer) =>
    layer.weights
      .filter(({ spec }) => isTrainedWeight(layer, spec))
      .map((weight) => ({ key: `${layer.name}/${weight.spec.name}`, weight })),
  );
}

function isTrainedWeight(layer: Layer, spec: WeightSpec): boolean {
  return isTrained(layer) && spec.trainable !== false;
}

/**
 * Forward, backward and update. Inputs: `features`, `targets`, `sample_weights`, `learning_rate`, `iteration`,
 * `layer/mask`, `layer/weight`, `layer/weight/slot`. Outputs: `loss`, `logits`, and the last two with `:updated`.
 */
function stepGraph(
  part: TrainedPart,
  weights: readonly TrainedWeight[],
  { loss, optimizer }: GraphStepOptions,
): { graph: Graph; masks: readonly Mask[] } {
  const builder = new GraphBuilder('training_step');
  const { logits, inputs, masks } = lowerTrainedPart(part, builder, true);
  const targetWidth = loss.target === 'index' ? 1 : Number(logits.shape.at(-1));
  const targets = builder.input('targets', 'float32', ['N', targetWidth]);
  const sampleWeights = builder.input('sample_weights', 'float32', ['N']);
  const learningRate = builder.input('learning_rate', 'float32', []);
  const iteration = builder.input('iteration', 'float32', []);

  const weighted = builder.op('Mul', [loss.perSample(builder, logits, targets), sampleWeights]);
  const mean = builder.op('ReduceMean', [weighted], { keepdims: 0 });
  builder.output(mean, 'loss');
  builder.output(logits, 'logits');
  const values = weights.map(({ key }) => inputs.get(key)!);
  const slopes = gradients(builder, mean, values);
  weights.forEach(({ key }, index) => {
    const weight = values[index]!;
    const updated = optimizer.update(builder, {
      weight,
      gradient: slopes[index]!,
      slots: optimizer.slots.map((slot) => builder.input(`${key}/${slot}`, 'float32', weight.shape)),
      learningRate,
      iteration,
    });
    builder.output(updated.weight, `${key}:updated`);
    optimizer.slots.forEach((slot, i) => {
      builder.output(updated.slots[i]!, `${key}/${slot}:updated`);
    });
  });
  return { graph: simplify(builder.build()), masks };
}

/** From `features` and `layer/weight` to `logits`, dropout off. */
function forwardGraph(part: TrainedPart): Graph {
  const builder = new GraphBuilder('forward');
  builder.output(lowerTrainedPart(part, builder, false).logits, 'logits');
  return simplify(builder.build());
}

/** Emits the layers; trained weights and masks become inputs, frozen weights constants. */
function lowerTrainedPart(
  part: TrainedPart,
  builder: GraphBuilder,
  training: boolean,
): { logits: Value; inputs: ReadonlyMap<string, Value>; masks: readonly Mask[] } {
  const inputs = new Map<string, Value>();
  const masks: Mask[] = [];
  const frozen = inferenceLowering(builder);
  const lowering: Lowering = {
    builder,
    training,
    weight(layer, name) {
      const { spec } = layer.weight(name);
      if (!isTrainedWeight(layer, spec)) return frozen.weight(layer, name);
      const key = `${layer.name}/${name}`;
      const value = inputs.get(key) ?? builder.input(key, 'float32', graphShape(spec));
      inputs.set(key, value);
      return value;
    },
    dropoutMask(layer, rate, shape) {
      const input = `${layer.name}/mask`;
      masks.push({ input, layer: layer.name, rate, shape });
      return builder.input(input, 'float32', ['N', ...shape]);
    },
  };
  const features = builder.input('features', 'float32', ['N', ...featureShape(part)]);
  const given = new Map<SymbolicTensor, Lowered>([[part.boundary, { value: features, layout: 'plain' }]]);
  const output = lowerTensor(part.output, lowering, given);
  return { logits: logitsOf(builder, output.value), inputs, masks };
}

class GraphStep implements TrainingStep {
  readonly kind = 'graph';
  readonly #compiled: Compiled;
  readonly #options: GraphStepOptions;
  /** Weights and slots by their input's name, in the graph's order of axes. */
  readonly #state = new Map<string, Tensor>();
  #iteration = 0;

  constructor(compiled: Compiled, options: GraphStepOptions) {
    this.#compiled = compiled;
    this.#options = options;
    for (const { key, weight } of compiled.weights) {
      this.#write(key, weight.spec, weight.value);
      for (const slot of options.optimizer.slots) {
        this.#state.set(`${key}/${slot}`, zeros('float32', graphShape(weight.spec)));
      }
    }
  }

  async run(batch: Batch, learningRate: number): Promise<StepResult> {
    const { size } = batch;
    const { step, masks } = this.#compiled;
    const feeds: Record<string, Tensor> = {
      features: this.#features(batch.features, size),
      targets: tensor('float32', [size, batch.targets.length / size], batch.targets),
      sample_weights: tensor('float32', [size], batch.sampleWeights),
      learning_rate: scalar(learningRate),
      iteration: scalar(this.#iteration + 1),
      ...Object.fromEntries(this.#state),
    };
    for (const { input, layer, rate, shape } of masks) {
      const mask = this.#options.masks.draw(layer, rate, size * sizeOf(shape));
      feeds[input] = tensor('float32', [size, ...shape], mask);
    }
    const results = await step.run(feeds);
    for (const key of this.#state.keys()) this.#state.set(key, results[`${key}:updated`]!);
    this.#iteration++;
    return { loss: Number(results['loss']!.data[0]), logits: results['logits']!.data as Float32Array };
  }

  async predict(features: Float32Array, size: number): Promise<Float32Array> {
    const { forward, weights } = this.#compiled;
    const feeds: Record<string, Tensor> = { features: this.#features(features, size) };
    for (const { key } of weights) feeds[key] = this.#state.get(key)!;
    const { logits } = await forward.run(feeds);
    return logits!.data as Float32Array;
  }

  async readState({ slots: withSlots = true } = {}): Promise<StepState> {
    const weights = new Map<string, Float32Array>();
    const slots = new Map<string, Float32Array>();
    for (const { key, weight } of this.#compiled.weights) {
      weights.set(key, this.#read(key, weight.spec));
      if (!withSlots) continue;
      for (const slot of this.#options.optimizer.slots) {
        slots.set(`${key}/${slot}`, this.#read(`${key}/${slot}`, weight.spec));
      }
    }
    return { iteration: this.#iteration, weights, slots };
  }

  /** What a state lacks stays as it is. @throws {GraftError} `shape`, if something has another size. */
  async writeState(state: StepState): Promise<void> {
    for (const { key, weight } of this.#compiled.weights) {
      this.#write(key, weight.spec, state.weights.get(key));
      for (const slot of this.#options.optimizer.slots) {
        this.#write(`${key}/${slot}`, weight.spec, state.slots.get(`${key}/${slot}`));
      }
    }
    this.#iteration = state.iteration;
  }

  async dispose(): Promise<void> {
    await this.#compiled.step.dispose();
    await this.#compiled.forward.dispose();
  }

  #features(features: Float32Array, size: number): Tensor {
    const shape = [size, ...this.#compiled.featureShape];
    if (features.length === sizeOf(shape)) return tensor('float32', shape, features);
    throw new GraftError('shape', {
      where: 'graph step',
      expected: `features [${shape.join(', ')}]`,
      received: `${features.length} numbers`,
      advice: 'Give the features of the model whose head this is.',
    });
  }

  #read(name: string, spec: WeightSpec): Float32Array {
    return Float32Array.from(fromGraphOrder(spec, this.#state.get(name)!.data as Float32Array));
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
    const numbers = Float32Array.from(toGraphOrder(spec, value));
    this.#state.set(name, tensor('float32', graphShape(spec), numbers));
  }
}
