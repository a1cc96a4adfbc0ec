/** @file What a layer is: weights, shapes, and how it becomes operators. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Random } from '../tensor/random.ts';
import type { StoredNumbers } from '../tensor/stored-tensor.ts';
import { computeSize } from '../tensor/tensor.ts';
import type { Initializer } from './initializers.ts';
import type { LayerShape } from './layer-shape.ts';
import { NameScope } from './name-scope.ts';

/** What a weight is; its numbers live in {@link Weight}. */
export interface WeightSpec {
  /** Keras' name within the layer: `kernel`, `bias`, `gamma`, `moving_mean`. */
  readonly name: string;
  /** Keras' shape: a convolution's kernel is `[h, w, in, out]`. */
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** False for statistics, which no gradient moves. Default true. */
  readonly trainable?: boolean;
  /** Whether it is a statistic that follows the batches while its layer is trainable. Default false. */
  readonly moving?: boolean;
  /** Axes in the graph's order: `[3, 2, 0, 1]` turns Keras' HWIO into ONNX' OIHW. Default unchanged. */
  readonly graphOrder?: readonly number[];
}

/** A weight of a layer, in Keras' layout, float32. Made by its initializer when first read, unless set before. */
export class Weight {
  readonly spec: WeightSpec;
  #trainable: boolean;
  #value: Float32Array | undefined;
  #stored: StoredNumbers | undefined;
  #random: Random | undefined;
  #isLent = false;

  constructor(spec: WeightSpec) {
    this.spec = spec;
    this.#trainable = spec.trainable ?? true;
  }

  /** Whether the optimizer may move it while its layer is trainable. Default true; of a statistic always false. */
  get trainable(): boolean {
    return this.#trainable;
  }

  /** @throws {GraftError} `argument`, for a statistic, which no gradient moves. */
  set trainable(trainable: boolean) {
    if (trainable && this.spec.trainable === false) {
      throw new GraftError('argument', {
        where: `weight "${this.spec.name}"`,
        expected: 'trainable to stay false, as of every statistic',
        received: 'true',
        advice: 'Set it on a weight that has a gradient.',
      });
    }
    this.#trainable = trainable;
  }

  /** The stream that the initializer will draw from. */
  seed(random: Random): void {
    this.#random = random;
  }

  /** Whether the numbers exist already, set or drawn. */
  get materialized(): boolean {
    return this.#value !== undefined || this.#stored !== undefined;
  }

  /** Where its numbers lie, if that is a file: {@link value} reads them, each time anew. They are left alone when others are set. */
  get stored(): StoredNumbers | undefined {
    return this.#stored;
  }

  set stored(numbers: StoredNumbers | undefined) {
    if (numbers !== undefined) this.#requireLength(numbers.length);
    this.#stored = numbers;
    this.#value = undefined;
    this.#isLent = false;
  }

  /** Gives the numbers up to whoever trains them and has a copy: they cannot be read until they are set again. */
  release(): void {
    this.#value = undefined;
    this.#stored = undefined;
    this.#isLent = true;
  }

  /** @throws {GraftError} `weights`, if it was neither set nor seeded, or is lent. */
  get value(): Float32Array {
    if (this.#isLent) {
      throw new GraftError('weights', {
        where: `weight "${this.spec.name}"`,
        expected: 'numbers',
        received: 'a weight that is being trained',
        advice: "Read it after the training, or in a callback by the control's readWeights().",
      });
    }
    if (this.#stored !== undefined) return this.#stored.read();
    if (this.#value === undefined) {
      if (this.#random === undefined) {
        throw new GraftError('weights', {
          where: `weight "${this.spec.name}"`,
          expected: 'numbers',
          received: 'a weight that was neither loaded nor initialized',
          advice: 'Load weights, or call model.initialize({ seed }).',
        });
      }
      this.#value = this.spec.initializer.draw(this.spec.shape, this.#random);
    }
    return this.#value;
  }

  set value(numbers: Float32Array) {
    this.#requireLength(numbers.length);
    this.#value = numbers;
    this.#stored = undefined;
    this.#isLent = false;
  }

  #requireLength(length: number): void {
    if (length === computeSize(this.spec.shape)) return;
    throw new GraftError('weights', {
      where: `weight "${this.spec.name}"`,
      expected: `${computeSize(this.spec.shape)} numbers for shape [${this.spec.shape.join(', ')}]`,
      received: `${length}`,
      advice: 'Give a weight of the same shape.',
    });
  }
}

/** The output of one application of a layer. */
export interface SymbolicTensor {
  readonly shape: LayerShape;
  /** The layer that makes it. */
  readonly layer: Layer;
  /** What the layer was applied to; empty for an InputLayer. */
  readonly inputs: readonly SymbolicTensor[];
  /** Hands out layer names; shared by everything that grows from the same input. */
  readonly scope: NameScope;
}

/** How the axes of a lowered value stand. `channelsFirst` is NCHW for an image; `plain` is as a person sees it. */
export type Layout = 'channelsFirst' | 'plain';

/** A value inside the graph that a symbolic tensor became. */
export interface Lowered {
  readonly value: Value;
  readonly layout: Layout;
}

/** Where tokens are fed piece by piece: what stands before those that are fed now. */
export interface Decoding {
  /** Where the tokens that are fed stand in the text, int64 `[S]`. */
  readonly positions: Value;
  /** Where the keys that {@link extend} gives stand in the text, int64 `[T]`; one that is none stands behind all. */
  readonly keyPositions: Value;
  /** How many the first of the two parts has that {@link extend} gives, int64 `[1]`. Default: it gives one. */
  readonly firstPart?: Value | undefined;
  /**
   * Puts what a layer remembers of the tokens before in front of the same of those that are fed.
   *
   * @param present - `[N, heads, S, D]`.
   * @returns Together T along axis 2: `[N, heads, P + S, D]`; or in two parts, as it costs more to join them than to compute with both.
   */
  extend(layer: Layer, name: 'key' | 'value', present: Value): readonly Value[];
}

/** What a layer is given to emit its operators. */
export interface Lowering {
  readonly builder: GraphBuilder;
  /** Whether the graph is for a training step: Dropout drops. */
  readonly training: boolean;
  /** Where a text goes on from a cache of keys and values. Default: sequences begin with what is fed. */
  readonly decoding?: Decoding | undefined;
  /** The graph's value for a weight, in `graphOrder`: a constant where frozen, an input where trained. */
  weight(layer: Layer, name: string): Value;
  /**
   * A fresh input that the training step fills at every step with `keep` scaled Bernoulli draws:
   * `1 / (1 - rate)` with probability `1 - rate`, else 0. Shape `[N, ...shape]`.
   */
  dropoutMask(layer: Layer, rate: number, shape: readonly number[]): Value;
  /** Declares what a moving statistic becomes with this batch, in `graphOrder`. */
  moveStatistic(layer: Layer, name: string, updated: Value): void;
}

/** What every layer takes. */
export interface LayerOptions {
  readonly name?: string | undefined;
  readonly trainable?: boolean | undefined;
}

/**
 * The base of all layers. Weights are declared when a layer is first applied; applied again, it computes with the same
 * weights, whose gradients add up.
 */
export abstract class Layer {
  /** Keras' class name: `Conv2D`. */
  abstract readonly className: string;
  /** Whether the optimizer may move its trainable weights. A model's `trainable` sets its layers'. */
  trainable: boolean;
  #name: string | undefined;
  #weights: readonly Weight[] = [];
  readonly #applications: SymbolicTensor[] = [];

  constructor(options: LayerOptions = {}) {
    this.#name = options.name;
    this.trainable = options.trainable ?? true;
  }

  /** The name: given, or by Keras' counting when applied (`dense`, `dense_1`). */
  get name(): string {
    return this.#name ?? `${snakeCase(this.className)} (not applied yet)`;
  }

  /** Whether it draws masks while it trains, so that its output changes from step to step. */
  get drawsMasks(): boolean {
    return false;
  }

  /** Whether it makes several rows of each example, or one of several again. Default: a row of an example stays one. */
  get changesRows(): 'splits' | 'joins' | undefined {
    return undefined;
  }

  get weights(): readonly Weight[] {
    return this.#weights;
  }

  /** What every application gave, in order. */
  get applications(): readonly SymbolicTensor[] {
    return this.#applications;
  }

  /**
   * What the layer's first application gave.
   *
   * @throws {GraftError} `graph`, if it was not applied.
   */
  get output(): SymbolicTensor {
    const [first] = this.#applications;
    if (first === undefined) {
      throw new GraftError('graph', {
        where: `layer "${this.name}"`,
        expected: 'a layer that was applied',
        received: 'one that was not',
        advice: 'Call layer.apply(tensor) first.',
      });
    }
    return first;
  }

  /** What the layer was first applied to; the first of them where there are several. */
  get input(): SymbolicTensor {
    return this.output.inputs[0] ?? this.output;
  }

  /** The weight of that name within the layer. */
  weight(name: string): Weight {
    const found = this.#weights.find((weight) => weight.spec.name === name);
    if (found === undefined) {
      throw new GraftError('weights', {
        where: `layer "${this.name}"`,
        expected: `a weight among ${this.#weights.map((weight) => `"${weight.spec.name}"`).join(', ')}`,
        received: `"${name}"`,
        advice: 'Use one of these names.',
      });
    }
    return found;
  }

  /**
   * Applies the layer. Once more, it shares its weights with what it was applied to before: siamese towers, tied weights.
   *
   * @returns The output, from which further layers grow.
   * @throws {GraftError} `shape`, if the inputs do not fit, or need other weights than those of the first application.
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const list: readonly SymbolicTensor[] = Array.isArray(inputs) ? inputs : [inputs as SymbolicTensor];
    const scope = list[0]?.scope ?? new NameScope();
    const shapes = list.map((input) => input.shape);
    if (this.#applications.length === 0) this.#begin(scope, shapes);
    else this.#requireSameWeights(shapes);
    const output = { shape: this.outputShape(shapes), layer: this, inputs: list, scope };
    this.#applications.push(output);
    return output;
  }

  #begin(scope: NameScope, shapes: readonly LayerShape[]): void {
    if (this.#name === undefined) this.#name = scope.next(snakeCase(this.className));
    // Two models on one base may each have a layer of this name; one model may not, see Functional.
    else scope.claim(this.#name);
    this.#weights = this.weightSpecs(shapes).map((spec) => new Weight(spec));
  }

  /** Declares further weights of a layer that was applied: those of an adapter. */
  protected addWeights(specs: readonly WeightSpec[]): void {
    this.#weights = [...this.#weights, ...specs.map((spec) => new Weight(spec))];
  }

  /** Takes weights out that {@link addWeights} put in. */
  protected removeWeights(names: ReadonlySet<string>): void {
    this.#weights = this.#weights.filter(({ spec }) => !names.has(spec.name));
  }

  #requireSameWeights(shapes: readonly LayerShape[]): void {
    const shown = (specs: readonly WeightSpec[]): string =>
      specs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
    const specs = this.weightSpecs(shapes);
    const own = this.#weights.slice(0, specs.length).map(({ spec }) => spec);
    const [had, wanted] = [shown(own), shown(specs)];
    if (had === wanted) return;
    throw new GraftError('shape', {
      where: `layer "${this.name}"`,
      expected: `inputs for the weights of its first application, ${had}`,
      received: `inputs for ${wanted}`,
      advice: 'Apply it to tensors of the same width, or make another layer.',
    });
  }

  /** The weights that these inputs call for, in Keras' order. */
  protected weightSpecs(_inputs: readonly LayerShape[]): readonly WeightSpec[] {
    return [];
  }

  /** The output's shape. @throws {GraftError} `shape`, if the inputs do not fit. */
  protected abstract outputShape(inputs: readonly LayerShape[]): LayerShape;

  /**
   * Emits the layer's operators. Inputs may come in either layout; the output says its own.
   *
   * @param output - The application that is emitted. Default the first.
   */
  abstract lower(lowering: Lowering, inputs: readonly Lowered[], output?: SymbolicTensor): Lowered;

  /** Keras' configuration: what makes the same layer again. */
  abstract getConfig(): Readonly<Record<string, unknown>>;
}

/** Keras' rule for default names: `Conv2D` -> `conv2d`, `BatchNormalization` -> `batch_normalization`. */
function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
