/** @file The dense kernel's shared memory, as TypeScript sees it: records of the layers and the optimizer, and room for a batch. */

import { GraftError } from '../errors/graft-error.ts';
import { MAX_PAGES, PAGE_BYTES, type WasmMemory } from '../runtime/webassembly.ts';
import * as fields from './dense-fields.ts';
import { type DensePlan, type DenseShape, planBatch, planTiling } from './dense-plan.ts';

export type DenseActivation = 'linear' | 'relu' | 'sigmoid' | 'tanh';

export interface DenseKernelLayer extends DenseShape {
  readonly activation: DenseActivation;
  /** Weight decay, default 0. */
  readonly kernelDecay?: number;
  readonly biasDecay?: number;
}

/** An optimizer; see `assembly/update.ts` for the formulas. Numbers that it has no use for are 0. */
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

const ACTIVATIONS: Readonly<Record<DenseActivation, number>> = {
  linear: fields.ACTIVATION_LINEAR,
  relu: fields.ACTIVATION_RELU,
  sigmoid: fields.ACTIVATION_SIGMOID,
  tanh: fields.ACTIVATION_TANH,
};

/** Weights and slots are 0 at first. */
export class DenseMemory {
  readonly layers: readonly DenseKernelLayer[];
  readonly plan: DensePlan;
  readonly #memory: WasmMemory;
  readonly #slots: readonly string[];
  #words: Uint32Array;
  #floats: Float32Array;
  #capacity = 0;
  /** Where each layer's mask goes. */
  #masks: readonly number[] = [];

  /** @throws {GraftError} `memory`, if it cannot grow to hold the weights. */
  constructor(memory: WasmMemory, plan: DensePlan, layers: readonly DenseKernelLayer[], rule: DenseRule) {
    growTo(memory, plan.fixedEnd);
    this.layers = layers;
    this.plan = plan;
    this.#memory = memory;
    this.#slots = rule.slots;
    this.#words = new Uint32Array(memory.buffer);
    this.#floats = new Float32Array(memory.buffer);
    this.#words[(plan.control + fields.CONTROL_OPTIMIZER) / 4] = plan.optimizer;
    this.#writeRule(rule);
    layers.forEach((layer, index) => {
      this.#writeLayer(layer, index);
    });
  }

  /** Samples that fit at present. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for batches of that size. What a batch left is lost. @throws {GraftError} `memory`, if it cannot grow. */
  reserve(size: number): void {
    if (size <= this.#capacity) return;
    const { layers: places, end } = planBatch(this.plan.fixedEnd, this.layers, size);
    if (growTo(this.#memory, end)) {
      this.#words = new Uint32Array(this.#memory.buffer);
      this.#floats = new Float32Array(this.#memory.buffer);
    }
    places.forEach((place, index) => {
      const before = places[index - 1];
      this.set(index, fields.LAYER_INPUT, place.input);
      this.set(index, fields.LAYER_INPUT_SLOPE, before?.slope ?? 0);
      this.set(index, fields.LAYER_INPUT_GRADIENT, before?.gradient ?? 0);
      this.set(index, fields.LAYER_SUMS, place.sums);
      this.set(index, fields.LAYER_GRADIENT, place.gradient);
      this.set(index, fields.LAYER_OUTPUT, place.output);
      this.set(index, fields.LAYER_SLOPE, index === places.length - 1 ? 0 : place.slope);
      this.set(index, fields.LAYER_ENTRIES, place.entries);
      this.set(index, fields.LAYER_ENDS, place.ends);
      this.set(index, fields.LAYER_NEXT_ENTRIES, place.next?.entries ?? 0);
      this.set(index, fields.LAYER_NEXT_ENDS, place.next?.ends ?? 0);
      this.set(index, fields.LAYER_CAPACITY, size);
    });
    this.#masks = places.map((place) => place.mask);
    this.#capacity = size;
  }

  get(layer: number, field: number): number {
    return this.#words[(this.plan.layers[layer]!.record + field) / 4]!;
  }

  set(layer: number, field: number, value: number): void {
    this.#words[(this.plan.layers[layer]!.record + field) / 4] = value;
  }

  setFloat(layer: number, field: number, value: number): void {
    this.#floats[(this.plan.layers[layer]!.record + field) / 4] = value;
  }

  /** A field of the control block. */
  setControl(field: number, value: number): void {
    this.#words[(this.plan.control + field) / 4] = value;
  }

  setOptimizer(field: number, value: number): void {
    this.#floats[(this.plan.optimizer + field) / 4] = value;
  }

  /** A view of the numbers at an address, good until {@link reserve} makes room. */
  numbers(address: number, count: number): Float32Array {
    return this.#floats.subarray(address / 4, address / 4 + count);
  }

  /** The mask on a layer's output, `[batch, units]`; undefined for none. */
  setMask(layer: number, mask: Float32Array | undefined): void {
    this.set(layer, fields.LAYER_MASK, mask === undefined ? 0 : this.#masks[layer]!);
    if (mask !== undefined) this.#floats.set(mask, this.#masks[layer]! / 4);
  }

  /** The gradient of the loss with respect to the last layer's output, `[size, units]`, in tiles. */
  setGradient(gradient: Float32Array, size: number): void {
    const last = this.layers.length - 1;
    const { units } = this.layers[last]!;
    const { width } = planTiling(this.layers[last]!);
    const target = this.get(last, fields.LAYER_GRADIENT) / 4;
    for (let s = 0; s < size; s++) {
      for (let unit = 0; unit < units; unit++) {
        const tile = Math.floor(unit / width);
        this.#floats[target + (tile * size + s) * width + (unit - tile * width)] =
          gradient[s * units + unit]!;
      }
    }
  }

  /** The next batch's lists become the present one's. */
  swapLists(): void {
    this.#swap(fields.LAYER_ENTRIES, fields.LAYER_NEXT_ENTRIES);
    this.#swap(fields.LAYER_ENDS, fields.LAYER_NEXT_ENDS);
  }

  /** Makes the moving averages the weights. */
  overwriteByAverages(): void {
    this.plan.layers.forEach(({ weights, slots }, index) => {
      const { rows, width, tiles } = planTiling(this.layers[index]!);
      const average = slots[this.#slots.indexOf('average')]! / 4;
      this.#floats.copyWithin(weights / 4, average, average + rows * width * tiles);
    });
  }

  #swap(field: number, other: number): void {
    const value = this.get(0, field);
    this.set(0, field, this.get(0, other));
    this.set(0, other, value);
  }

  #writeRule(rule: DenseRule): void {
    this.#words[(this.plan.optimizer + fields.OPTIMIZER_RULE) / 4] = rule.rule;
    this.#words[(this.plan.optimizer + fields.OPTIMIZER_IDLE) / 4] = rule.idle;
    this.setOptimizer(fields.OPTIMIZER_RHO, rule.rho);
    this.setOptimizer(fields.OPTIMIZER_RHO_REST, 1 - rule.rho);
    this.setOptimizer(fields.OPTIMIZER_EPSILON, rule.epsilon);
    this.setOptimizer(fields.OPTIMIZER_MOMENTUM, rule.momentum);
    this.setOptimizer(fields.OPTIMIZER_BETA1_REST, 1 - rule.beta1);
    this.setOptimizer(fields.OPTIMIZER_BETA2_REST, 1 - rule.beta2);
    this.setOptimizer(fields.OPTIMIZER_CLIP_VALUE, rule.clipValue);
  }

  #writeLayer(layer: DenseKernelLayer, index: number): void {
    const { rows, width, tiles, blockRows, blocks } = planTiling(layer);
    const place = this.plan.layers[index]!;
    const before = this.layers[index - 1];
    const slot = (name: string): number => place.slots[this.#slots.indexOf(name)] ?? 0;
    this.set(index, fields.LAYER_INPUTS, layer.inputs);
    this.set(index, fields.LAYER_ROWS, rows);
    this.set(index, fields.LAYER_UNITS, layer.units);
    this.set(index, fields.LAYER_WIDTH, width);
    this.set(index, fields.LAYER_TILES, tiles);
    this.set(index, fields.LAYER_BLOCK_ROWS, blockRows);
    this.set(index, fields.LAYER_BLOCKS, blocks);
    this.set(index, fields.LAYER_WEIGHTS, place.weights);
    this.set(index, fields.LAYER_VELOCITY, slot('velocity'));
    this.set(index, fields.LAYER_MOMENTUM, slot('momentum'));
    this.set(index, fields.LAYER_AVERAGE, slot('average_gradient'));
    this.set(index, fields.LAYER_EMA, slot('average'));
    this.setFloat(index, fields.LAYER_KERNEL_DECAY, layer.kernelDecay ?? 0);
    this.setFloat(index, fields.LAYER_BIAS_DECAY, layer.biasDecay ?? 0);
    this.set(index, fields.LAYER_ACTIVATION, ACTIVATIONS[layer.activation]);
    this.set(index, fields.LAYER_INPUT_WIDTH, before === undefined ? 0 : planTiling(before).width);
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
