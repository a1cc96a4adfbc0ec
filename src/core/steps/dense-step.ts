/** @file The training step for heads made of Dense, activations and Dropout: a fused kernel instead of a graph. */

import { GraftError } from '../errors/graft-error.ts';
import { createDenseKernel, type DenseKernel } from '../kernels/dense-kernel.ts';
import type { DenseActivation } from '../kernels/dense-memory.ts';
import { kernelPieces, readBias, readKernel } from '../kernels/dense-weights.ts';
import type { Loss } from '../losses/loss.ts';
import { listSlots, type Optimizer } from '../optimizers/optimizer.ts';
import { computeTurn, decays } from '../optimizers/settings.ts';
import { FLUSH_EVERY, smallestInSlots } from '../optimizers/vanishing-slots.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { findRule } from './dense-rule.ts';
import type { DropoutMasks } from './dropout-masks.ts';
import { computeRateMultipliers, type RateMultipliers } from './rate-multipliers.ts';
import {
  type Batch,
  createView,
  type NumbersView,
  type RowSource,
  type StateView,
  type StepResult,
  type StepState,
  type TrainingStep,
} from './training-step.ts';

/** A Dropout layer. */
export interface DenseDropout {
  readonly name: string;
  /** In [0, 1). */
  readonly rate: number;
}

/** A Dense layer that is trained, with its activation, and Dropout on its output. */
export interface DenseHeadLayer {
  readonly name: string;
  readonly units: number;
  /** The last layer gives logits: `linear` there, whatever activation the loss expects after it. */
  readonly activation: DenseActivation;
  /** `[inputs, units]`, where training starts. Copied. */
  readonly kernel: Float32Array;
  /** `[units]`; undefined for a layer without bias. Copied. */
  readonly bias?: Float32Array | undefined;
  /** After the activation. */
  readonly dropout?: DenseDropout | undefined;
}

/** A chain of Dense layers on frozen features. */
export interface DenseHead {
  /** Numbers in a sample's features. */
  readonly inputs: number;
  /** Dropout on the features themselves. */
  readonly dropout?: DenseDropout | undefined;
  readonly layers: readonly DenseHeadLayer[];
}

export interface DenseStepOptions extends RuntimeOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly masks: DropoutMasks;
  /** Default 1 for all. */
  readonly rateMultipliers?: RateMultipliers | undefined;
  /** The caller's included. Default: all of the machine up to 8 for a large head, 1 for a small one. */
  readonly threads?: number | undefined;
  /** Samples in a usual batch, default 32: a matter of speed alone. */
  readonly batchSize?: number | undefined;
  /** Bytes that may be allocated. Default: what the machine has free. */
  readonly availableBytes?: number | undefined;
}

/**
 * Gradients of a logit below this count as 0: no float32 weight would move, but their squares leave float32's
 * normal range, where arithmetic is 1.6 x slower and more. Samples that are classified with certainty have such.
 */
const MIN_GRADIENT = 1e-15;

/** How long the event loop may have to wait, beside the step itself. */
const YIELD_EVERY_MS = 20;

/**
 * Makes a step. The results do not depend on the number of threads, to the bit.
 *
 * @throws {GraftError} `memory`, if weights and slots do not fit, before anything is allocated; `shape`, if a
 *   kernel has another size than its layer; `argument`, if there is no layer, the last is not linear, or the
 *   optimizer needs the graph step;
 *   `file-not-found`, if the kernels were not built.
 */
export async function createDenseStep(head: DenseHead, options: DenseStepOptions): Promise<TrainingStep> {
  checkHead(head);
  const { optimizer, threads, batchSize, availableBytes, runtime } = options;
  const kernel = await createDenseKernel({
    layers: head.layers.map(({ units, activation, bias }, index) => ({
      inputs: inputsOf(head, index),
      units,
      activation,
      useBias: bias !== undefined,
      kernelDecay: decays(optimizer, { name: 'kernel', shape: [inputsOf(head, index), units] })
        ? optimizer.weightDecay
        : 0,
      biasDecay: decays(optimizer, { name: 'bias', shape: [units] }) ? optimizer.weightDecay : 0,
    })),
    rule: findRule(optimizer),
    threads,
    batchSize,
    availableBytes,
    runtime,
  });
  head.layers.forEach((layer, index) => {
    kernel.write(index, -1, layer.kernel, layer.bias);
  });
  const names = head.layers.map(({ name }) => name);
  return new DenseStep(head, names, kernel, options);
}

class DenseStep implements TrainingStep {
  readonly kind = 'dense';
  readonly #inputs: number;
  readonly #names: readonly string[];
  readonly #dropouts: readonly (DenseDropout | undefined)[];
  readonly #inputDropout: DenseDropout | undefined;
  readonly #units: readonly number[];
  readonly #kernel: DenseKernel;
  readonly #options: DenseStepOptions;
  readonly #slots: readonly string[];
  /** For each layer. */
  readonly #rateMultipliers: readonly number[];
  #iteration = 0;
  /** Lies in the kernel's input, its sums perhaps computed. */
  #begun: Batch | undefined;
  #yieldedAtMs = 0;

  /** Keeps names and sizes of the head, not its weights: the kernel has its own. */
  constructor(head: DenseHead, names: readonly string[], kernel: DenseKernel, options: DenseStepOptions) {
    this.#inputs = head.inputs;
    this.#names = names;
    this.#dropouts = head.layers.map(({ dropout }) => dropout);
    this.#inputDropout = head.dropout;
    this.#units = head.layers.map(({ units }) => units);
    this.#kernel = kernel;
    this.#options = options;
    this.#slots = listSlots(options.optimizer);
    this.#rateMultipliers = [...computeRateMultipliers(names, options.rateMultipliers).values()];
  }

  async run(batch: Batch, learningRate: number, next?: Batch): Promise<StepResult> {
    const { size, targets, sampleWeights } = batch;
    await this.#yieldNowAndThen();
    const { loss, optimizer, masks } = this.#options;
    if (batch !== this.#begun) this.#feed(batch);
    this.#begun = undefined;
    const drawn = this.#dropouts.map((dropout, index) =>
      dropout === undefined || dropout.rate === 0
        ? undefined
        : masks.draw(dropout.name, dropout.rate, size * this.#units[index]!),
    );
    const logits = (await this.#kernel.forward(size, drawn)).slice();
    const losses = loss.evaluate(logits, targets, size);
    const gradient = loss.gradient(logits, targets, size);
    const width = logits.length / size;
    let sum = 0;
    for (let s = 0; s < size; s++) {
      const weight = sampleWeights[s]!;
      sum += losses[s]! * weight;
      for (let i = s * width; i < (s + 1) * width; i++) {
        const fraction = (gradient[i]! * weight) / size;
        gradient[i] = Math.abs(fraction) < MIN_GRADIENT ? 0 : fraction;
      }
    }
    const turn = computeTurn(optimizer, this.#iteration);
    const rates = this.#rateMultipliers.map((multiplier) => {
      const rate = Math.fround(learningRate) * Math.fround(multiplier);
      return { learningRate: rate, alpha: optimizer.dense?.alpha?.(rate, turn.updates + 1) ?? 0 };
    });
    if (next !== undefined && this.#canBegin(next)) {
      this.#feed(next);
      this.#begun = next;
    }
    const numbers = { rates, emaMomentum: turn.emaMomentum };
    await this.#kernel.backward(gradient, size, numbers, this.#begun?.size);
    if (optimizer.ema && turn.overwrites) this.#kernel.overwriteByAverages();
    this.#iteration++;
    if (this.#iteration % FLUSH_EVERY === 0) await this.#kernel.flushSlots(smallestInSlots(optimizer));
    return { loss: sum / size, logits };
  }

  /** Masks on the features are drawn step by step, and room is not made while the last batch's lists are needed. */
  #canBegin({ size }: Batch): boolean {
    return (this.#inputDropout?.rate ?? 0) === 0 && size <= this.#kernel.memory.capacity;
  }

  #feed(batch: Batch): void {
    const { size, source } = batch;
    const dropped = this.#inputDropout;
    const isAsItIs = dropped === undefined || dropped.rate === 0;
    if (isAsItIs && source?.width === this.#inputs) {
      const isHalf = source.numbers instanceof Uint16Array;
      copyRows(source, isHalf ? this.#kernel.inputBits(size) : this.#kernel.input(size));
      if (isHalf) this.#kernel.widenInput(size);
      return;
    }
    const features = this.#numbersOf(batch);
    const input = this.#kernel.input(size);
    if (isAsItIs) input.set(features);
    else {
      const mask = this.#options.masks.draw(dropped.name, dropped.rate, features.length);
      for (let i = 0; i < features.length; i++) input[i] = features[i]! * mask[i]!;
    }
  }

  async predict(features: readonly Tensor[], size: number): Promise<Float32Array> {
    const numbers = this.#numbersOf({ features, size });
    this.#begun = undefined;
    const units = this.#units.at(-1)!;
    const logits = new Float32Array(size * units);
    const chunk = this.#kernel.memory.capacity;
    for (let start = 0; start < size; start += chunk) {
      await this.#yieldNowAndThen();
      const count = Math.min(chunk, size - start);
      this.#kernel.input(count).set(numbers.subarray(start * this.#inputs, (start + count) * this.#inputs));
      logits.set(await this.#kernel.forward(count), start * units);
    }
    return logits;
  }

  async evaluate({
    features,
    targets,
    size,
  }: Pick<Batch, 'features' | 'targets' | 'size'>): Promise<Float32Array> {
    return this.#options.loss.evaluate(await this.predict(features, size), targets, size);
  }

  async readState({
    slots: withSlots = true,
    into,
  }: Parameters<TrainingStep['readState']>[0] = {}): Promise<StepState> {
    const read = (slot: number, suffix: string, earlier: StepState['weights'] | undefined) =>
      new Map(
        this.#names.flatMap((name, layer): [string, Float32Array][] => {
          const key = `${name}/kernel${suffix}`;
          const kernel = readKernel(this.#kernel.memory, layer, slot, earlier?.get(key));
          const bias = readBias(this.#kernel.memory, layer, slot);
          return [
            [key, kernel],
            ...(bias ? [[`${name}/bias${suffix}`, bias] as [string, Float32Array]] : []),
          ];
        }),
      );
    const slots = withSlots
      ? this.#slots.flatMap((slot, index) => [...read(index, `/${slot}`, into?.slots)])
      : [];
    return { iteration: this.#iteration, weights: read(-1, '', into?.weights), slots: new Map(slots) };
  }

  async viewState(): Promise<StateView> {
    const view = (slot: number, suffix: string) =>
      this.#names.flatMap((name, layer): [string, NumbersView][] => {
        const length = this.#units[layer]! * (this.#units[layer - 1] ?? this.#inputs);
        const pieces = () => kernelPieces(this.#kernel.memory, layer, slot);
        const bias = readBias(this.#kernel.memory, layer, slot);
        return [
          [`${name}/kernel${suffix}`, { length, pieces }],
          ...(bias ? [[`${name}/bias${suffix}`, createView(bias)] as [string, NumbersView]] : []),
        ];
      });
    return {
      iteration: this.#iteration,
      weights: new Map(view(-1, '')),
      slots: new Map(this.#slots.flatMap((slot, index) => view(index, `/${slot}`))),
    };
  }

  /** What a state lacks stays as it is. @throws {GraftError} `shape`, if something has another size. */
  async writeState(state: StepState): Promise<void> {
    this.#names.forEach((name, layer) => {
      const write = (slot: number, from: ReadonlyMap<string, Float32Array>, suffix: string): void => {
        const [units, inputs] = [this.#units[layer]!, this.#units[layer - 1] ?? this.#inputs];
        const [kernelKey, biasKey] = [`${name}/kernel${suffix}`, `${name}/bias${suffix}`];
        const [kernel, bias] = [from.get(kernelKey), from.get(biasKey)];
        requireLength(kernelKey, kernel, inputs * units);
        requireLength(biasKey, bias, units);
        this.#kernel.write(layer, slot, kernel, bias);
      };
      write(-1, state.weights, '');
      this.#slots.forEach((slot, index) => {
        write(index, state.slots, `/${slot}`);
      });
    });
    this.#iteration = state.iteration;
    this.#options.masks.goTo(state.iteration);
  }

  async dispose(): Promise<void> {
    await this.#kernel.dispose();
  }

  /** The kernel's promises never reach the event loop by themselves: without this, Ctrl-C would go unheard. */
  async #yieldNowAndThen(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#yieldedAtMs < YIELD_EVERY_MS) return;
    await (this.#options.runtime ?? platform).nextTurn();
    this.#yieldedAtMs = performance.now();
  }

  #numbersOf({ features: [features, ...others], size }: Pick<Batch, 'features' | 'size'>): Float32Array {
    const { dtype, data } = features!;
    if (others.length === 0 && dtype === 'float32' && data.length === size * this.#inputs) {
      return data as Float32Array;
    }
    throw new GraftError('shape', {
      where: 'dense step',
      expected: `features [${size}, ${this.#inputs}]`,
      received: `${data.length} numbers`,
      advice: 'Give the features of the model whose head this is.',
    });
  }
}

function copyRows({ numbers, width, rows }: RowSource, target: Float32Array | Uint16Array): void {
  for (let row = 0; row < rows.length; row++) {
    const start = rows[row]! * width;
    target.set(numbers.subarray(start, start + width), row * width);
  }
}

function requireLength(key: string, numbers: Float32Array | undefined, length: number): void {
  if (numbers === undefined || numbers.length === length) return;
  throw new GraftError('shape', {
    where: `state "${key}"`,
    expected: `${length} numbers`,
    received: `${numbers.length}`,
    advice: 'Give the state of a step with the same layers.',
  });
}

function inputsOf(head: DenseHead, index: number): number {
  return index === 0 ? head.inputs : head.layers[index - 1]!.units;
}

function checkHead(head: DenseHead): void {
  const last = head.layers.at(-1);
  if (last === undefined || last.activation !== 'linear' || last.dropout !== undefined) {
    throw new GraftError('argument', {
      where: 'dense step',
      expected: 'a last layer that gives logits',
      received:
        last === undefined ? 'no layer' : `"${last.name}" with ${last.activation} or Dropout after it`,
      advice: 'Give the last layer activation "linear": the loss brings its own.',
    });
  }
  head.layers.forEach((layer, index) => {
    const inputs = inputsOf(head, index);
    const wrong =
      layer.kernel.length !== inputs * layer.units
        ? `a kernel of ${layer.kernel.length} numbers`
        : layer.bias !== undefined && layer.bias.length !== layer.units
          ? `a bias of ${layer.bias.length} numbers`
          : undefined;
    if (wrong === undefined) return;
    throw new GraftError('shape', {
      where: `layer "${layer.name}"`,
      expected: `a kernel [${inputs}, ${layer.units}] and a bias [${layer.units}]`,
      received: wrong,
      advice: 'Give weights that fit the layer before and the units.',
    });
  });
}
