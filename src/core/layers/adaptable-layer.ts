/**
 * @file Low-rank adapters (LoRA): beside a frozen kernel a product of two narrow ones is trained.
 * @see https://arxiv.org/abs/2106.09685
 */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import { initializers } from './initializers.ts';
import type { Lowering, Weight } from './layer.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionTable } from './option-table.ts';

/** A kernel that can have an adapter, as a matrix `[rows, columns]`: its first axes are the rows. */
export interface Projection {
  /** By which `targets` name it: `query`; of a Dense layer its own name. */
  readonly target: string;
  /** The kernel's name within the layer: `query/kernel`. */
  readonly kernel: string;
  readonly rows: number;
  readonly columns: number;
}

/** Which projections get adapters, and how strong they are. */
export interface LoraOptions {
  /** Which projections get an adapter. Default all of the layer. */
  readonly targets?: readonly string[] | undefined;
  /** The product is multiplied by `alpha / rank`. Default `rank`, as in Keras. */
  readonly alpha?: number | undefined;
}

/** An adapter with its numbers. */
export interface LoraAdapter extends Projection {
  readonly rank: number;
  /** What the product is multiplied by: `alpha / rank`. */
  readonly scale: number;
  /** `[rows, rank]`. */
  readonly a: Float32Array;
  /** `[rank, columns]`. */
  readonly b: Float32Array;
}

/** Whether a projection is meant by a name: its own, or what it ends with behind a `_`. */
export function matchesTarget(target: string, name: string): boolean {
  return target === name || target.endsWith(`_${name}`);
}

interface Adapter {
  readonly rank: number;
  readonly scale: number;
}

/** A layer whose kernels can be adapted. */
export abstract class AdaptableLayer<
  T extends OptionTable = Record<never, never>,
> extends LayerWithOptions<T> {
  /** By kernel. */
  readonly #adapters = new Map<string, Adapter>();
  /** Weights that were frozen for the adapters' sake. */
  readonly #frozen = new Set<Weight>();

  /** The kernels that can have an adapter; asked for once the layer is applied. */
  abstract readonly projections: readonly Projection[];

  /** Ranks of the adapters, by kernel. */
  get loraRanks(): ReadonlyMap<string, number> {
    return new Map([...this.#adapters].map(([kernel, { rank }]) => [kernel, rank]));
  }

  /** The adapters, with their present numbers. */
  get adapters(): readonly LoraAdapter[] {
    return this.projections.flatMap((projection) => {
      const adapter = this.#adapters.get(projection.kernel);
      if (adapter === undefined) return [];
      const [a, b] = loraNames(projection.kernel).map((name) => this.weight(name).value);
      return [{ ...projection, ...adapter, a: a!, b: b! }];
    });
  }

  /**
   * Puts adapters beside kernels: `y = x W + x A B alpha / rank`, with weights `lora_kernel_a` (He's uniform
   * initializer) and `lora_kernel_b` (zeros, so that nothing changes at first). The layer's other weights are frozen.
   *
   * @param rank - From 1 on.
   * @throws {GraftError} `argument`, if the rank is none, an adapter is there, or no target is the layer's; `graph`,
   *   before the layer is applied.
   */
  enableLora(rank: number, { targets, alpha = rank }: LoraOptions = {}): void {
    void this.output;
    const chosen = this.projections.filter(
      ({ target }) => targets?.some((one) => matchesTarget(target, one)) ?? true,
    );
    if (!Number.isInteger(rank) || rank < 1) throw this.#refusal('a rank from 1 on', String(rank));
    if (chosen.length === 0) {
      const names = this.projections.map(({ target }) => `"${target}"`).join(', ');
      throw this.#refusal(`targets among ${names}`, JSON.stringify(targets));
    }
    for (const { kernel } of chosen) {
      if (this.#adapters.has(kernel)) throw this.#refusal('a kernel without an adapter', `"${kernel}"`);
    }
    for (const weight of this.weights) {
      if (this.#isAdapter(weight.spec.name) || !weight.trainable) continue;
      weight.trainable = false;
      this.#frozen.add(weight);
    }
    for (const { kernel, rows, columns } of chosen) {
      this.#adapters.set(kernel, { rank, scale: alpha / rank });
      const [a, b] = loraNames(kernel);
      this.addWeights([
        { name: a, shape: [rows, rank], initializer: initializers.heUniform() },
        { name: b, shape: [rank, columns], initializer: initializers.zeros() },
      ]);
    }
  }

  /** Adds the adapters' products to their kernels, and takes the adapters out. Frozen weights stay frozen. */
  mergeLora(): void {
    for (const kernel of this.#adapters.keys()) {
      // What has learned nothing leaves a kernel as it is, to the bit.
      if (this.#hasLearned(kernel)) this.weight(kernel).value = this.mergedValue(kernel);
      this.removeWeights(new Set(loraNames(kernel)));
    }
    this.#adapters.clear();
    this.#frozen.clear();
  }

  /** Takes the adapters out, with all that they have learned, and frees the weights that {@link enableLora} froze. */
  disableLora(): void {
    for (const kernel of this.#adapters.keys()) this.removeWeights(new Set(loraNames(kernel)));
    this.#adapters.clear();
    this.unfreezeKernels();
  }

  /** Frees the weights that {@link enableLora} froze; to be called before they are merged. */
  unfreezeKernels(): void {
    for (const weight of this.#frozen) weight.trainable = true;
    this.#frozen.clear();
  }

  /** A weight as it is once adapters are merged; nothing changes by asking. */
  mergedValue(name: string): Float32Array {
    const { value } = this.weight(name);
    const adapter = this.#adapters.get(name);
    if (adapter === undefined) return value;
    const { rank, scale } = adapter;
    const [a, b] = loraNames(name).map((each) => this.weight(each).value) as [Float32Array, Float32Array];
    const columns = b.length / rank;
    const merged = Float32Array.from(value);
    for (let row = 0; row < a.length / rank; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let i = 0; i < rank; i++) sum += a[row * rank + i]! * b[i * columns + column]!;
        merged[row * columns + column]! += scale * sum;
      }
    }
    return merged;
  }

  /** `x W`, with what an adapter adds. @param x - `[N, ..., rows]`. */
  protected project(lowering: Lowering, x: Value, { kernel, rows, columns }: Projection): Value {
    const { builder: ops } = lowering;
    const matrix = ops.reshape(lowering.weight(this, kernel), [rows, columns]);
    return this.adapted(lowering, x, kernel, ops.matMul(x, matrix));
  }

  /** What a kernel gave for x, and what its adapter adds to it. */
  protected adapted(lowering: Lowering, x: Value, kernel: string, product: Value): Value {
    const adapter = this.#adapters.get(kernel);
    if (adapter === undefined) return product;
    const { builder: ops } = lowering;
    const [a, b] = loraNames(kernel);
    const narrow = ops.mul(ops.matMul(x, lowering.weight(this, a)), adapter.scale);
    return ops.add(product, ops.matMul(narrow, lowering.weight(this, b)));
  }

  #hasLearned(kernel: string): boolean {
    return this.weight(loraNames(kernel)[1]).value.some((number) => number !== 0);
  }

  #isAdapter(name: string): boolean {
    return [...this.#adapters.keys()].some((kernel) => loraNames(kernel).includes(name));
  }

  #refusal(expected: string, received: string): GraftError {
    return new GraftError('argument', {
      where: `LoRA of layer "${this.name}"`,
      expected,
      received,
      advice: 'Correct the call of enableLora.',
    });
  }
}

/** Of a kernel's adapter: `query/kernel` has `query/lora_kernel_a` and `query/lora_kernel_b`. */
export function loraNames(kernel: string): readonly [a: string, b: string] {
  const within = kernel.slice(0, kernel.lastIndexOf('/') + 1);
  return [`${within}lora_kernel_a`, `${within}lora_kernel_b`];
}
