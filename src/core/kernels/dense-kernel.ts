/** @file The TypeScript face of the dense kernel: the jobs on a chain of Dense layers, and the threads that do them. */

import { GraftError } from '../errors/graft-error.ts';
import { platform } from '../runtime/platform.ts';
import type { Helpers, RuntimeOptions } from '../runtime/runtime.ts';
import { MAX_PAGES, reserving, webAssembly } from '../runtime/webassembly.ts';
import * as fields from './dense-fields.ts';
import { type DenseKernelLayer, DenseMemory, type DenseRule } from './dense-memory.ts';
import { planTiling, planWeights, requireFits, type Tiling, tileColumnsFor } from './dense-plan.ts';
import { writeWeights } from './dense-weights.ts';
import { helperError } from './helper-error.ts';

/** The optimizer's numbers that change from step to step. */
export interface UpdateNumbers {
  /** For each layer. */
  readonly rates: readonly LayerRate[];
  /** What stays of the moving averages. */
  readonly emaMomentum: number;
}

export interface LayerRate {
  readonly learningRate: number;
  /** Adam's step size with its bias correction. */
  readonly alpha: number;
}

export interface DenseKernelOptions extends RuntimeOptions {
  readonly layers: readonly DenseKernelLayer[];
  readonly rule: DenseRule;
  /**
   * The caller's thread included, at least 1. Default: the machine's, at most 8, for large layers; 1 for small ones. Always 1
   * where threads share no memory.
   */
  readonly threads?: number | undefined;
  /** Samples in a usual batch: a matter of speed alone. */
  readonly batchSize?: number | undefined;
  /** Free bytes; default what the machine says. */
  readonly availableBytes?: number | undefined;
  /** Seconds that a helper may take for its part of a job. Default 60. */
  readonly patienceSeconds?: number;
  /** Another program for helpers, for tests. */
  readonly helperBody?: string;
}

interface Exports {
  heapBase(): number;
  widenAtEnd(room: number, count: number): void;
  runJob(
    control: number,
    job: number,
    layer: number,
    tasks: number,
    helpers: number,
    mayBlock: number,
    patience: bigint,
  ): number;
}

/** Weights of a layer from which on waking helpers pays. */
const SHARED_FROM_WEIGHTS = 2 ** 18;
const MAX_THREADS = 8;
/** Room that is made at first, in samples; the batch that is taken for usual. */
const USUAL_BATCH = 32;
const SPINS = 20_000;
/** What threads may take longer with a tile as a task than with a block of it, if weights are read once thereby. */
const MAX_UNEVEN = 1.15;

/** Allocates, and starts the helpers. Weights and slots are 0. @throws {GraftError} `memory`, if it cannot fit. */
export async function createDenseKernel(options: DenseKernelOptions): Promise<DenseKernel> {
  const { rule, batchSize = USUAL_BATCH, runtime = platform } = options;
  const tileColumns = tileColumnsFor(batchSize);
  const layers = options.layers.map((layer) => ({ ...layer, tileColumns }));
  requireFits(
    layers,
    rule.slots.length,
    Math.max(batchSize, USUAL_BATCH),
    options.availableBytes ?? runtime.freeBytes(),
  );
  const largest = Math.max(...layers.map(({ inputs, units }) => inputs * units));
  const wanted =
    options.threads ?? (largest < SHARED_FROM_WEIGHTS ? 1 : Math.min(runtime.threads, MAX_THREADS));
  // One thread alone needs none that is shared, which is slower to copy into.
  const shared = runtime.sharesMemory && wanted > 1;
  const module = await runtime.loadKernel(shared ? 'dense-step' : 'dense-step-unshared');
  const wasmMemory = reserving(
    'dense step',
    () => new webAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared }),
  );
  const exports = new webAssembly.Instance(module, { env: { memory: wasmMemory } }).exports as Exports;
  const plan = planWeights(exports.heapBase(), layers, rule.slots.length);
  const memory = new DenseMemory(wasmMemory, plan, layers, rule);
  memory.reserve(Math.max(batchSize, USUAL_BATCH));
  const count = shared ? wanted - 1 : 0;
  const helpers =
    count > 0
      ? await runtime.startHelpers({
          module,
          memory: wasmMemory,
          control: plan.control,
          count,
          body: options.helperBody,
        })
      : undefined;
  return new DenseKernel(options, memory, exports, helpers);
}

export class DenseKernel {
  /** Weights and slots are read there by `dense-weights.ts`; what writes them is here. */
  readonly memory: DenseMemory;
  readonly #options: DenseKernelOptions;
  /** Whether this thread may sleep until helpers are done, as the kernel takes it. */
  readonly #mayBlock: number;
  readonly #exports: Exports;
  readonly #helpers: Helpers | undefined;
  /** Of each layer. */
  readonly #tilings: readonly Tiling[];
  /** Nanoseconds. */
  readonly #patience: bigint;
  /** Whether the first layer's sums for what the input holds, by the present weights, are there. */
  #hasSums = false;
  #broken: GraftError | undefined;

  constructor(
    options: DenseKernelOptions,
    memory: DenseMemory,
    exports: Exports,
    helpers: Helpers | undefined,
  ) {
    this.#options = options;
    this.#mayBlock = (options.runtime ?? platform).mayBlock ? 1 : 0;
    this.memory = memory;
    this.#exports = exports;
    this.#helpers = helpers;
    this.#tilings = memory.layers.map(planTiling);
    this.#patience = BigInt(Math.round((options.patienceSeconds ?? 60) * 1e9));
    memory.setControl(fields.CONTROL_SPINS, SPINS);
  }

  get threads(): number {
    return 1 + (this.#helpers?.count ?? 0);
  }

  /** Where the features of a batch go, `[size, inputs]`. */
  input(size: number): Float32Array {
    this.memory.reserve(size);
    this.#hasSums = false;
    return this.memory.numbers(this.memory.get(0, fields.LAYER_INPUT), size * this.memory.layers[0]!.inputs);
  }

  /** Where float16 bits of a batch's features go, `[size, inputs]`, before {@link widenInput} makes the {@link input} of them. */
  inputBits(size: number): Uint16Array {
    const { buffer, byteOffset, length } = this.input(size);
    return new Uint16Array(buffer, byteOffset + 2 * length, length);
  }

  widenInput(size: number): void {
    const { byteOffset, length } = this.input(size);
    this.#exports.widenAtEnd(byteOffset, length);
  }

  /**
   * The logits for what {@link input} holds: `[size, units]`, a view that the next job overwrites.
   *
   * @param masks - While training: for every layer the mask on its output, or undefined; a step backward may follow.
   */
  async forward(size: number, masks?: readonly (Float32Array | undefined)[]): Promise<Float32Array> {
    const { layers } = this.memory;
    this.memory.setControl(fields.CONTROL_TRAINING, masks === undefined ? 0 : 1);
    for (const index of layers.keys()) {
      this.memory.set(index, fields.LAYER_BATCH, size);
      this.memory.setMask(index, masks?.[index]);
      const { blocks, tiles } = this.#tilings[index]!;
      if (index === 0 && this.#hasSums) await this.#run(fields.JOB_ACTIVATE, index, tiles);
      else {
        await this.#run(fields.JOB_LISTS, index, blocks);
        await this.#run(fields.JOB_FORWARD, index, tiles);
      }
    }
    const last = layers.length - 1;
    return this.memory.numbers(this.memory.get(last, fields.LAYER_OUTPUT), size * layers[last]!.units);
  }

  /**
   * Gradient and update of all layers.
   *
   * @param gradient - Of the loss with respect to the logits, `[size, units]`.
   * @param next - Samples of the next batch, if {@link input} holds it already: then the step forward on it, with the new
   *   weights, is begun along the way.
   */
  async backward(gradient: Float32Array, size: number, numbers: UpdateNumbers, next = 0): Promise<void> {
    const { layers } = this.memory;
    this.#hasSums = false;
    this.memory.setGradient(gradient, size);
    for (let index = layers.length - 1; index >= 0; index--) {
      const { blocks, tiles } = this.#tilings[index]!;
      const { learningRate, alpha } = numbers.rates[index]!;
      this.memory.setFloat(index, fields.LAYER_RATE, learningRate);
      this.memory.setFloat(index, fields.LAYER_ALPHA, alpha);
      const threads = 1 + this.#helpersFor(index);
      const sharesEvenly = Math.ceil(tiles / threads) * threads <= tiles * MAX_UNEVEN;
      if (index === 0 && next > 0 && sharesEvenly) await this.#backwardForward(next, blocks, tiles);
      else await this.#run(fields.JOB_BACKWARD, index, index > 0 ? blocks : blocks * tiles);
    }
    if (this.#options.rule.slots.includes('average')) {
      const momentum = numbers.emaMomentum;
      this.memory.setOptimizer(fields.OPTIMIZER_EMA_MOMENTUM, momentum);
      this.memory.setOptimizer(fields.OPTIMIZER_EMA_REST, 1 - Math.fround(momentum));
      await this.#runOnTiles(fields.JOB_AVERAGE);
    }
  }

  async #backwardForward(next: number, blocks: number, tiles: number): Promise<void> {
    this.memory.set(0, fields.LAYER_NEXT_BATCH, next);
    await this.#run(fields.JOB_NEXT_LISTS, 0, blocks);
    await this.#run(fields.JOB_BACKWARD_FORWARD, 0, tiles);
    this.memory.swapLists();
    this.#hasSums = true;
  }

  /** Makes 0 of what is smaller in the optimizer's slots; not in the averages of the weights. */
  async flushSlots(smallest: number): Promise<void> {
    this.memory.setOptimizer(fields.OPTIMIZER_SMALLEST, smallest);
    await this.#runOnTiles(fields.JOB_FLUSH);
  }

  /** Makes the moving averages the weights. */
  overwriteByAverages(): void {
    this.#hasSums = false;
    this.memory.overwriteByAverages();
  }

  /** Copies weights (`slot` -1) or a slot in, in Keras' layout; what is undefined stays as it is. */
  write(layer: number, slot: number, kernel: Float32Array | undefined, bias: Float32Array | undefined): void {
    this.#hasSums = false;
    writeWeights(this.memory, layer, slot, kernel, bias);
  }

  async dispose(): Promise<void> {
    this.#broken ??= new GraftError('argument', {
      where: 'dense step',
      expected: 'a step in use',
      received: 'one that was disposed of',
      advice: 'Create another step.',
    });
    await this.#helpers?.stop();
  }

  async #runOnTiles(job: number): Promise<void> {
    for (const [index, { tiles }] of this.#tilings.entries()) {
      await this.#run(job, index, tiles);
    }
  }

  async #run(job: number, layer: number, tasks: number): Promise<void> {
    if (this.#helpers?.failure !== undefined) this.#broken ??= helperError(this.#helpers.failure);
    if (this.#broken !== undefined) throw this.#broken;
    const helpers = tasks === 1 ? 0 : this.#helpersFor(layer);
    const { control, layers } = this.memory.plan;
    const status = this.#exports.runJob(
      control,
      job,
      layers[layer]!.record,
      tasks,
      helpers,
      this.#mayBlock,
      this.#patience,
    );
    if (status === 0) return;
    const reason = status === 1 ? await this.#helpers!.reason() : 'it stopped answering';
    this.#broken = helperError(reason);
    throw this.#broken;
  }

  #helpersFor(layer: number): number {
    const { inputs, units } = this.memory.layers[layer]!;
    return inputs * units < SHARED_FROM_WEIGHTS ? 0 : (this.#helpers?.count ?? 0);
  }
}
