/**
 * @file The training step as one ONNX graph: forward, backward and optimiser. It trains anything that has gradients.
 *
 * Weights and slots are inputs and outputs. Outputs never share memory with inputs: ONNX Runtime may write an
 * updated weight before the last operator that reads the old one has run.
 */

import { gradients } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Layer, Lowered, Lowering, Weight } from '../layers/layer.ts';
import { fromGraphOrder, graphShape, lowerTensor, toGraphOrder } from '../layers/lower-model.ts';
import { logitsOf } from '../losses/logits.ts';
import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';
import { floats, scalar, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import type { DropoutMasks } from './dropout-masks.ts';
import { isTrained, type TrainedPart } from './frontier.ts';
import type { Batch, StepResult, StepState, TrainingStep } from './training-step.ts';

export interface GraphStepOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly masks: DropoutMasks;
  readonly threads?: number;
}

/** Compiles a training step for the trained part of a model. Its weights' present values are where it starts. */
export async function createGraphStep(part: TrainedPart, options: GraphStepOptions): Promise<TrainingStep> {
  const plan = planStep(part, options);
  const session = { ...(options.threads !== undefined && { threads: options.threads }) };
  const step = await createSession(plan.step, session);
  const forward = await createSession(plan.forward, session);
  return new GraphStep(plan, step, forward, options);
}

/** A weight that is trained, under its name in the graph. */
interface TrainedWeight {
  /** `layer/weight`. */
  readonly key: string;
  readonly weight: Weight;
}

interface Mask {
  readonly input: string;
  readonly layer: string;
  readonly rate: number;
  readonly shape: readonly number[];
}

interface Plan {
  readonly step: Graph;
  readonly forward: Graph;
  readonly weights: readonly TrainedWeight[];
  readonly masks: readonly Mask[];
  readonly featureShape: readonly number[];
}

/** Emits both graphs. Names: `features`, `targets`, `sample_weights`, then `layer/weight` and `layer/weight/slot`. */
function planStep(part: TrainedPart, { loss, optimizer }: GraphStepOptions): Plan {
  const weights = part.layers
    .filter(isTrained)
    .flatMap((layer) =>
      layer.weights
        .filter((weight) => weight.spec.trainable !== false)
        .map((weight) => ({ key: `${layer.name}/${weight.spec.name}`, weight })),
    );
  const featureShape = part.boundary.shape.slice(1).map((size) => size ?? 1);

  const builder = new GraphBuilder('training_step');
  const lowered = lowerTrainedPart(part, builder, true);
  const targetWidth = loss.target === 'index' ? 1 : (part.output.shape.at(-1) ?? 1);
  const targets = builder.input('targets', 'float32', ['N', targetWidth]);
  const sampleWeights = builder.input('sample_weights', 'float32', ['N']);
  const learningRate = builder.input('learning_rate', 'float32', []);
  const iteration = builder.input('iteration', 'float32', []);
  const logits = logitsOf(builder, lowered.output.value);
  const weighted = builder.op('Mul', [loss.perSample(builder, logits, targets), sampleWeights]);
  const mean = builder.op('ReduceMean', [weighted], { keepdims: 0 });
  const values = weights.map(({ key }) => lowered.inputs.get(key)!);
  const emitted = gradients(builder, mean, values);
  builder.output(mean, 'loss');
  builder.output(logits, 'logits');
  weights.forEach(({ key }, index) => {
    const value = values[index]!;
    const slots = optimizer.slots.map((slot) => builder.input(`${key}/${slot}`, 'float32', value.shape));
    const updated = optimizer.update(builder, {
      weight: value,
      gradient: emitted[index]!,
      slots,
      learningRate,
      iteration,
    });
    builder.output(updated.weight, `${key}:updated`);
    optimizer.slots.forEach((slot, i) => {
      builder.output(updated.slots[i]!, `${key}/${slot}:updated`);
    });
  });

  const forwardBuilder = new GraphBuilder('forward');
  const forward = lowerTrainedPart(part, forwardBuilder, false);
  forwardBuilder.output(logitsOf(forwardBuilder, forward.output.value), 'logits');
  return {
    step: simplify(builder.build()),
    forward: simplify(forwardBuilder.build()),
    weights,
    masks: lowered.masks,
    featureShape,
  };
}

function lowerTrainedPart(
  part: TrainedPart,
  builder: GraphBuilder,
  training: boolean,
): { output: Lowered; inputs: Map<string, Value>; masks: Mask[] } {
  const inputs = new Map<string, Value>();
  const masks: Mask[] = [];
  const features = builder.input('features', 'float32', [
    'N',
    ...part.boundary.shape.slice(1).map((size) => size ?? 1),
  ]);
  const lowering: Lowering = {
    builder,
    training,
    weight(layer: Layer, name: string): Value {
      const weight = layer.weight(name);
      const key = `${layer.name}/${name}`;
      if (isTrained(layer) && weight.spec.trainable !== false) {
        const known = inputs.get(key);
        if (known !== undefined) return known;
        const value = builder.input(key, 'float32', graphShape(weight.spec));
        inputs.set(key, value);
        return value;
      }
      return builder.constant(
        tensor('float32', graphShape(weight.spec), toGraphOrder(weight.spec, weight.value)),
        key,
      );
    },
    dropoutMask(layer: Layer, rate: number, shape: readonly number[]): Value {
      const input = `${layer.name}/mask`;
      masks.push({ input, layer: layer.name, rate, shape });
      return builder.input(input, 'float32', ['N', ...shape]);
    },
  };
  const given = new Map([[part.boundary, { value: features, layout: 'plain' } as Lowered]]);
  return { output: lowerTensor(part.output, lowering, given), inputs, masks };
}

class GraphStep implements TrainingStep {
  readonly kind = 'graph';
  readonly #plan: Plan;
  readonly #step: Session;
  readonly #forward: Session;
  readonly #options: GraphStepOptions;
  /** Weights and slots by their input's name, in the graph's order of axes. */
  readonly #state = new Map<string, Tensor>();
  #iteration = 0;

  constructor(plan: Plan, step: Session, forward: Session, options: GraphStepOptions) {
    this.#plan = plan;
    this.#step = step;
    this.#forward = forward;
    this.#options = options;
    for (const { key, weight } of plan.weights) {
      const shape = graphShape(weight.spec);
      this.#state.set(
        key,
        tensor('float32', shape, Float32Array.from(toGraphOrder(weight.spec, weight.value))),
      );
      for (const slot of options.optimizer.slots) this.#state.set(`${key}/${slot}`, zeros('float32', shape));
    }
  }

  async run(batch: Batch, learningRate: number): Promise<StepResult> {
    const { size } = batch;
    const feeds: Record<string, Tensor> = {
      features: this.#features(batch.features, size),
      targets: floats([size, batch.targets.length / size], batch.targets),
      sample_weights: floats([size], batch.sampleWeights),
      learning_rate: scalar(learningRate),
      iteration: scalar(this.#iteration + 1),
      ...Object.fromEntries(this.#state),
    };
    for (const { input, layer, rate, shape } of this.#plan.masks) {
      const count = shape.reduce((product, length) => product * length, size);
      feeds[input] = tensor('float32', [size, ...shape], this.#options.masks.draw(layer, rate, count));
    }
    const results = await this.#step.run(this.#only(this.#step, feeds));
    for (const key of this.#state.keys()) this.#state.set(key, results[`${key}:updated`]!);
    this.#iteration++;
    return { loss: Number(results['loss']!.data[0]), logits: results['logits']!.data as Float32Array };
  }

  async predict(features: Float32Array, size: number): Promise<Float32Array> {
    const feeds: Record<string, Tensor> = { features: this.#features(features, size) };
    for (const { key } of this.#plan.weights) feeds[key] = this.#state.get(key)!;
    const { logits } = await this.#forward.run(this.#only(this.#forward, feeds));
    return logits!.data as Float32Array;
  }

  async readState({ slots: withSlots = true } = {}): Promise<StepState> {
    const weights = new Map<string, Float32Array>();
    const slots = new Map<string, Float32Array>();
    for (const { key, weight } of this.#plan.weights) {
      weights.set(key, this.#read(key, weight));
      for (const slot of withSlots ? this.#options.optimizer.slots : []) {
        slots.set(`${key}/${slot}`, this.#read(`${key}/${slot}`, weight));
      }
    }
    return { iteration: this.#iteration, weights, slots };
  }

  async writeState(state: StepState): Promise<void> {
    for (const { key, weight } of this.#plan.weights) {
      const write = (name: string, value: Float32Array | undefined): void => {
        if (value === undefined) return;
        const copy = Float32Array.from(toGraphOrder(weight.spec, value));
        this.#state.set(name, tensor('float32', graphShape(weight.spec), copy));
      };
      write(key, state.weights.get(key));
      for (const slot of this.#options.optimizer.slots)
        write(`${key}/${slot}`, state.slots.get(`${key}/${slot}`));
    }
    this.#iteration = state.iteration;
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
    await this.#forward.dispose();
  }

  #features(features: Float32Array, size: number): Tensor {
    return tensor('float32', [size, ...this.#plan.featureShape], features);
  }

  #read(name: string, weight: Weight): Float32Array {
    return Float32Array.from(fromGraphOrder(weight.spec, this.#state.get(name)!.data as Float32Array));
  }

  /** Inputs that simplification found unused are no inputs any more. */
  #only(session: Session, feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    return Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!]));
  }
}
