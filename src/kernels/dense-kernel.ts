/** @file The TypeScript face of the dense kernel: a chain of Dense layers in one shared memory, and the jobs on them. */

import { GraftError } from '../errors/graft-error.ts';
import * as fields from './dense-fields.ts';
import {
  type DensePlan,
  type DenseShape,
  planBatch,
  planWeights,
  requireFits,
  tileColumnsFor,
  tilingOf,
} from './dense-plan.ts';
import {
  freeMemory,
  type Helpers,
  helperError,
  loadKernel,
  machineThreads,
  startHelpers,
} from './node-threads.ts';
import { MAX_PAGES, PAGE_BYTES, type WasmMemory, webAssembly } from './webassembly.ts';

export type DenseActivation = 'linear' | 'relu' | 'sigmoid' | 'tanh';

export interface DenseKernelLayer extends DenseShape {
  readonly activation: DenseActivation;
  /** Weight decay, default 0. */
  readonly kernelDecay?: number;
  readonly biasDecay?: number;
}

/** The optimiser's numbers that change from step to step. */
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

/** An optimiser; see `assembly/update.ts` for the formulas. Numbers that it has no use for are 0. */
export interface DenseRule {
  /** One of the `RULE_` values. */
  readonly rule: number;
  /** One of the `IDLE_` values. */
  readonly idle: number;
  /** Keras' names, in the order of the state; `average` where moving averages of the weights are kept. */
  readonly slots: readonly string[];
  readonly rho: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly clipValue: number;
}

export interface DenseKernelOptions {
  readonly layers: readonly DenseKernelLayer[];
  readonly rule: DenseRule;
  /** The caller's thread included, at least 1. Default: the machine's, at most 8, for large layers; 1 for small ones. */
  readonly threads?: number;
  /** Samples in a usual batch: a matter of speed alone. */
  readonly batchSize?: number;
  /** Free bytes; default what the machine says. */
  readonly availableBytes?: number;
  /** Seconds that a helper may take for its part of a job. Default 60. */
  readonly patienceSeconds?: number;
  /** Another program for helpers, for tests. */
  readonly helperBody?: string;
}

interface Exports {
  heapBase(): number;
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

const ACTIVATIONS: Readonly<Record<DenseActivation, number>> = {
  linear: fields.ACTIVATION_LINEAR,
  relu: fields.ACTIVATION_RELU,
  sigmoid: fields.ACTIVATION_SIGMOID,
  tanh: fields.ACTIVATION_TANH,
};
/** Weights of a layer from which on waking helpers pays. */
const SHARED_FROM_WEIGHTS = 2 ** 18;
const MOST_THREADS = 8;
/** Room that is made at first, in samples; the batch that is taken for usual. */
const USUAL_BATCH = 32;
const SPINS = 20_000;
/** What threads may take longer with a tile as a task than with a block of it, if weights are read once thereby. */
const MOST_UNEVEN = 1.15;
/** Numbers of a kernel that are read at a time: 4 MB. */
const PIECE_NUMBERS = 2 ** 20;

/** Allocates, and starts the helpers. Weights and slots are 0. @throws {GraftError} `memory`, if it cannot fit. */
export async function createDenseKernel(options: DenseKernelOptions): Promise<DenseKernel> {
  const { rule, batchSize = USUAL_BATCH } = options;
  const tileColumns = tileColumnsFor(batchSize);
  const layers = options.layers.map((layer) => ({ ...layer, tileColumns }));
  requireFits(
    layers,
    rule.slots.length,
    Math.max(batchSize, USUAL_BATCH),
    options.availableBytes ?? freeMemory(),
  );
  const module = await loadKernel('dense-step');
  const memory = new webAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const exports = new webAssembly.Instance(module, { env: { memory } }).exports as Exports;
  const plan = planWeights(exports.heapBase(), layers, rule.slots.length);
  growTo(memory, plan.fixedEnd);
  const largest = Math.max(...layers.map(({ inputs, units }) => inputs * units));
  const threads =
    options.threads ?? (largest < SHARED_FROM_WEIGHTS ? 1 : Math.min(machineThreads(), MOST_THREADS));
  const helpers =
    threads > 1
      ? await startHelpers(module, memory, plan.control, threads - 1, options.helperBody)
      : undefined;
  return new DenseKernel({ ...options, layers }, memory, exports, plan, helpers);
}

export class DenseKernel {
  readonly #options: DenseKernelOptions;
  readonly #memory: WasmMemory;
  readonly #exports: Exports;
  readonly #plan: DensePlan;
  readonly #helpers: Helpers | undefined;
  #words: Uint32Array;
  #floats: Float32Array;
  #capacity = 0;
  /** Where each layer's mask goes. */
  #masks: readonly number[] = [];
  /** Whether the first layer's sums for what the input holds, by the present weights, are there. */
  #hasSums = false;
  #broken: GraftError | undefined;

  constructor(
    options: DenseKernelOptions,
    memory: WasmMemory,
    exports: Exports,
    plan: DensePlan,
    helpers: Helpers | undefined,
  ) {
    this.#options = options;
    this.#memory = memory;
    this.#exports = exports;
    this.#plan = plan;
    this.#helpers = helpers;
    this.#words = new Uint32Array(memory.buffer);
    this.#floats = new Float32Array(memory.buffer);
    this.#words[(plan.control + fields.CONTROL_OPTIMIZER) / 4] = plan.optimizer;
    this.#words[(plan.control + fields.CONTROL_SPINS) / 4] = SPINS;
    this.#writeRule();
    options.layers.forEach((layer, index) => {
      this.#writeLayer(layer, index);
    });
    this.reserve(Math.max(options.batchSize ?? 0, USUAL_BATCH));
  }

  get threads(): number {
    return 1 + (this.#helpers?.count ?? 0);
  }

  /** Samples that fit at present. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for batches of that size. What a batch left is lost. */
  reserve(size: number): void {
    if (size <= this.#capacity) return;
    const { layers } = this.#options;
    const { layers: places, end } = planBatch(this.#plan.fixedEnd, layers, size);
    if (growTo(this.#memory, end)) {
      this.#words = new Uint32Array(this.#memory.buffer);
      this.#floats = new Float32Array(this.#memory.buffer);
    }
    places.forEach((place, index) => {
      const before = places[index - 1];
      this.#set(index, fields.LAYER_INPUT, place.input);
      this.#set(index, fields.LAYER_INPUT_SLOPE, before?.slope ?? 0);
      this.#set(index, fields.LAYER_INPUT_GRADIENT, before?.gradient ?? 0);
      this.#set(index, fields.LAYER_SUMS, place.sums);
      this.#set(index, fields.LAYER_GRADIENT, place.gradient);
      this.#set(index, fields.LAYER_OUTPUT, place.output);
      this.#set(index, fields.LAYER_SLOPE, index === places.length - 1 ? 0 : place.slope);
      this.#set(index, fields.LAYER_ENTRIES, place.entries);
      this.#set(index, fields.LAYER_ENDS, place.ends);
      this.#set(index, fields.LAYER_NEXT_ENTRIES, place.next?.entries ?? 0);
      this.#set(index, fields.LAYER_NEXT_ENDS, place.next?.ends ?? 0);
      this.#set(index, fields.LAYER_CAPACITY, size);
    });
    this.#masks = places.map((place) => place.mask);
    this.#capacity = size;
  }

  /** Where the features of a batch go, `[size, inputs]`. */
  input(size: number): Float32Array {
    this.reserve(size);
    this.#hasSums = false;
    return this.#numbers(this.#get(0, fields.LAYER_INPUT), size * this.#layer(0).inputs);
  }

  /**
   * The logits for what {@link input} holds: `[size, units]`, a view that the next job overwrites.
   *
   * @param masks - While training: for every layer the mask on its output, or undefined; a step backward may follow.
   */
  async forward(size: number, masks?: readonly (Float32Array | undefined)[]): Promise<Float32Array> {
    this.#words[(this.#plan.control + fields.CONTROL_TRAINING) / 4] = masks === undefined ? 0 : 1;
    const { layers } = this.#options;
    for (const [index, shape] of layers.entries()) {
      const mask = masks?.[index];
      this.#set(index, fields.LAYER_BATCH, size);
      this.#set(index, fields.LAYER_MASK, mask === undefined ? 0 : this.#masks[index]!);
      if (mask !== undefined) this.#floats.set(mask, this.#masks[index]! / 4);
      const { blocks, tiles } = tilingOf(shape);
      if (index === 0 && this.#hasSums) await this.#run(fields.JOB_ACTIVATE, index, tiles);
      else {
        await this.#run(fields.JOB_LISTS, index, blocks);
        await this.#run(fields.JOB_FORWARD, index, tiles);
      }
    }
    const last = layers.length - 1;
    return this.#numbers(this.#get(last, fields.LAYER_OUTPUT), size * this.#layer(last).units);
  }

  /**
   * Gradient and update of all layers.
   *
   * @param gradient - Of the loss with respect to the logits, `[size, units]`.
   * @param next - Samples of the next batch, if {@link input} holds it already: then the step forward on it, with the new
   *   weights, is begun along the way.
   */
  async backward(gradient: Float32Array, size: number, numbers: UpdateNumbers, next = 0): Promise<void> {
    const { layers } = this.#options;
    const last = layers.length - 1;
    const { units } = this.#layer(last);
    const { width } = tilingOf(this.#layer(last));
    const target = this.#get(last, fields.LAYER_GRADIENT) / 4;
    this.#hasSums = false;
    for (let s = 0; s < size; s++) {
      for (let unit = 0; unit < units; unit++) {
        const tile = Math.floor(unit / width);
        this.#floats[target + (tile * size + s) * width + (unit - tile * width)] =
          gradient[s * units + unit]!;
      }
    }
    for (let index = last; index >= 0; index--) {
      const { blocks, tiles } = tilingOf(this.#layer(index));
      const { learningRate, alpha } = numbers.rates[index]!;
      this.#setFloat(index, fields.LAYER_RATE, learningRate);
      this.#setFloat(index, fields.LAYER_ALPHA, alpha);
      const threads = 1 + this.#helpersFor(index);
      const sharesEvenly = Math.ceil(tiles / threads) * threads <= tiles * MOST_UNEVEN;
      if (index === 0 && next > 0 && sharesEvenly) await this.#backwardForward(next, blocks, tiles);
      else await this.#run(fields.JOB_BACKWARD, index, index > 0 ? blocks : blocks * tiles);
    }
    if (this.#averageSlot >= 0) await this.#average(numbers.emaMomentum);
  }

  async #backwardForward(next: number, blocks: number, tiles: number): Promise<void> {
    this.#set(0, fields.LAYER_NEXT_BATCH, next);
    await this.#run(fields.JOB_NEXT_LISTS, 0, blocks);
    await this.#run(fields.JOB_BACKWARD_FORWARD, 0, tiles);
    for (const [field, nextField] of [
      [fields.LAYER_ENTRIES, fields.LAYER_NEXT_ENTRIES],
      [fields.LAYER_ENDS, fields.LAYER_NEXT_ENDS],
    ] as const) {
      const present = this.#get(0, field);
      this.#set(0, field, this.#get(0, nextField));
      this.#set(0, nextField, present);
    }
    this.#hasSums = true;
  }

  /** Makes 0 of what is smaller in the optimiser's slots; not in the averages of the weights. */
  async flushSlots(smallest: number): Promise<void> {
    this.#floats[(this.#plan.optimizer + fields.OPTIMIZER_SMALLEST) / 4] = smallest;
    for (const [index, layer] of this.#options.layers.entries()) {
      await this.#run(fields.JOB_FLUSH, index, tilingOf(layer).tiles);
    }
  }

  /** Makes the moving averages the weights. */
  overwriteByAverages(): void {
    this.#hasSums = false;
    this.#plan.layers.forEach(({ weights, slots }, index) => {
      const { rows, width, tiles } = tilingOf(this.#layer(index));
      const average = slots[this.#averageSlot]! / 4;
      this.#floats.copyWithin(weights / 4, average, average + rows * width * tiles);
    });
  }

  /**
   * Copies weights (`slot` -1) or a slot out, in Keras' layout.
   *
   * @param into - Where a kernel of this layer may go. Default: a new array.
   */
  readKernel(layer: number, slot: number, into?: Float32Array): Float32Array {
    const { inputs, units } = this.#layer(layer);
    const kernel = into ?? new Float32Array(inputs * units);
    this.#copyRows(layer, slot, 0, kernel);
    return kernel;
  }

  /** The same, some rows at a time; the array is used again. */
  *kernelPieces(layer: number, slot: number): Generator<Float32Array> {
    const { inputs, units } = this.#layer(layer);
    const rows = Math.min(inputs, Math.max(1, Math.floor(PIECE_NUMBERS / units)));
    const scratch = new Float32Array(rows * units);
    for (let first = 0; first < inputs; first += rows) {
      const piece = scratch.subarray(0, Math.min(rows, inputs - first) * units);
      this.#copyRows(layer, slot, first, piece);
      yield piece;
    }
  }

  /** The same of the biases; undefined for a layer without. */
  readBias(layer: number, slot: number): Float32Array | undefined {
    const { inputs, units, useBias } = this.#layer(layer);
    if (!useBias) return undefined;
    const bias = new Float32Array(units);
    this.#copyRows(layer, slot, inputs, bias);
    return bias;
  }

  /** Copies weights or a slot in; what is undefined stays as it is. */
  write(layer: number, slot: number, kernel: Float32Array | undefined, bias: Float32Array | undefined): void {
    this.#hasSums = false;
    const { inputs, units, useBias } = this.#layer(layer);
    this.#eachPiece(layer, slot, 0, inputs + Number(useBias), (row, unit, piece) => {
      const [from, start] = row < inputs ? [kernel, row * units + unit] : [bias, unit];
      if (from !== undefined) piece.set(from.subarray(start, start + piece.length));
    });
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

  async #run(job: number, layer: number, tasks: number): Promise<void> {
    if (this.#helpers?.failure !== undefined) this.#broken ??= helperError(this.#helpers.failure);
    if (this.#broken !== undefined) throw this.#broken;
    const helpers = tasks === 1 ? 0 : this.#helpersFor(layer);
    const patience = BigInt(Math.round((this.#options.patienceSeconds ?? 60) * 1e9));
    const { control, layers } = this.#plan;
    const status = this.#exports.runJob(control, job, layers[layer]!.record, tasks, helpers, 1, patience);
    if (status === 0) return;
    const reason = status === 1 ? await this.#helpers!.reason() : 'it stopped answering';
    this.#broken = helperError(reason);
    throw this.#broken;
  }

  #helpersFor(layer: number): number {
    const { inputs, units } = this.#layer(layer);
    return inputs * units < SHARED_FROM_WEIGHTS ? 0 : (this.#helpers?.count ?? 0);
  }

  async #average(momentum: number): Promise<void> {
    const { optimizer } = this.#plan;
    this.#floats[(optimizer + fields.OPTIMIZER_EMA_MOMENTUM) / 4] = momentum;
    this.#floats[(optimizer + fields.OPTIMIZER_EMA_REST) / 4] = 1 - Math.fround(momentum);
    for (const [index, layer] of this.#options.layers.entries()) {
      await this.#run(fields.JOB_AVERAGE, index, tilingOf(layer).tiles);
    }
  }

  /** Copies as many rows as `target` has room for; the bias is the row behind the inputs. */
  #copyRows(layer: number, slot: number, first: number, target: Float32Array): void {
    const { units } = this.#layer(layer);
    this.#eachPiece(layer, slot, first, first + target.length / units, (row, unit, piece) => {
      target.set(piece, (row - first) * units + unit);
    });
  }

  /** Calls back with every run of a row's columns that lies in one piece, for rows `[first, last)`. */
  #eachPiece(
    layer: number,
    slot: number,
    first: number,
    last: number,
    callback: (row: number, unit: number, piece: Float32Array) => void,
  ): void {
    const { units } = this.#layer(layer);
    const { rows, width, tiles } = tilingOf(this.#layer(layer));
    const place = this.#plan.layers[layer]!;
    const base = slot < 0 ? place.weights : place.slots[slot]!;
    for (let tile = 0; tile < tiles; tile++) {
      const unit = tile * width;
      const count = Math.min(width, units - unit);
      for (let row = first; row < last; row++) {
        callback(row, unit, this.#numbers(base + (tile * rows + row) * width * 4, count));
      }
    }
  }

  #writeRule(): void {
    const { rule } = this.#options;
    const at = (field: number): number => (this.#plan.optimizer + field) / 4;
    this.#words[at(fields.OPTIMIZER_RULE)] = rule.rule;
    this.#words[at(fields.OPTIMIZER_IDLE)] = rule.idle;
    this.#floats[at(fields.OPTIMIZER_RHO)] = rule.rho;
    this.#floats[at(fields.OPTIMIZER_RHO_REST)] = 1 - rule.rho;
    this.#floats[at(fields.OPTIMIZER_EPSILON)] = rule.epsilon;
    this.#floats[at(fields.OPTIMIZER_MOMENTUM)] = rule.momentum;
    this.#floats[at(fields.OPTIMIZER_BETA1_REST)] = 1 - rule.beta1;
    this.#floats[at(fields.OPTIMIZER_BETA2_REST)] = 1 - rule.beta2;
    this.#floats[at(fields.OPTIMIZER_CLIP_VALUE)] = rule.clipValue;
  }

  #writeLayer(layer: DenseKernelLayer, index: number): void {
    const { rows, width, tiles, blockRows, blocks } = tilingOf(layer);
    const place = this.#plan.layers[index]!;
    const before = this.#options.layers[index - 1];
    const slot = (name: string): number => place.slots[this.#options.rule.slots.indexOf(name)] ?? 0;
    this.#set(index, fields.LAYER_INPUTS, layer.inputs);
    this.#set(index, fields.LAYER_ROWS, rows);
    this.#set(index, fields.LAYER_UNITS, layer.units);
    this.#set(index, fields.LAYER_WIDTH, width);
    this.#set(index, fields.LAYER_TILES, tiles);
    this.#set(index, fields.LAYER_BLOCK_ROWS, blockRows);
    this.#set(index, fields.LAYER_BLOCKS, blocks);
    this.#set(index, fields.LAYER_WEIGHTS, place.weights);
    this.#set(index, fields.LAYER_VELOCITY, slot('velocity'));
    this.#set(index, fields.LAYER_MOMENTUM, slot('momentum'));
    this.#set(index, fields.LAYER_AVERAGE, slot('average_gradient'));
    this.#set(index, fields.LAYER_EMA, slot('average'));
    this.#setFloat(index, fields.LAYER_KERNEL_DECAY, layer.kernelDecay ?? 0);
    this.#setFloat(index, fields.LAYER_BIAS_DECAY, layer.biasDecay ?? 0);
    this.#set(index, fields.LAYER_ACTIVATION, ACTIVATIONS[layer.activation]);
    this.#set(index, fields.LAYER_INPUT_WIDTH, before === undefined ? 0 : tilingOf(before).width);
  }

  #layer(index: number): DenseKernelLayer {
    return this.#options.layers[index]!;
  }

  #get(layer: number, field: number): number {
    return this.#words[(this.#plan.layers[layer]!.record + field) / 4]!;
  }

  #set(layer: number, field: number, value: number): void {
    this.#words[(this.#plan.layers[layer]!.record + field) / 4] = value;
  }

  #setFloat(layer: number, field: number, value: number): void {
    this.#floats[(this.#plan.layers[layer]!.record + field) / 4] = value;
  }

  get #averageSlot(): number {
    return this.#options.rule.slots.indexOf('average');
  }

  #numbers(address: number, count: number): Float32Array {
    return this.#floats.subarray(address / 4, address / 4 + count);
  }
}

/** Whether the memory had to grow. @throws {GraftError} `memory`, if it cannot. */
function growTo(memory: WasmMemory, bytes: number): boolean {
  const pages = Math.ceil(bytes / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES;
  if (pages <= 0) return false;
  try {
    memory.grow(pages);
  } catch (cause) {
    throw new GraftError(
      'memory',
      {
        where: 'dense step',
        expected: `at most ${MAX_PAGES * PAGE_BYTES} bytes, and as much free`,
        received: `${bytes} bytes of weights, slots and a batch`,
        advice: 'Use a smaller batch, pool the features, or use fewer units.',
      },
      { cause },
    );
  }
  return true;
}
