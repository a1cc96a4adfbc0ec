/**
 * @file Where the axes of an image stand while a training step computes: space first, `[H, W, N, C]`.
 *
 * ONNX Runtime convolves `[N, C, H, W]` one image after the other. What fine-tuning trains are small maps, so its
 * matrix products have few columns and reach half of the processor's speed. With space first, the batch and space
 * together are the rows of one product, every tap of a window is one contiguous block, and whatever is done for each
 * channel broadcasts along the last axis.
 */

import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';

/** NCHW to HWNC. Twice, it leaves all as it was: so it is also the way back, and the place of each axis in the other. */
export const SPACE_BEFORE_BATCH: readonly number[] = [2, 3, 0, 1];

/** A value of the original graph, in one order of axes or in both; the other one is emitted when it is asked for. */
export class HeldValue {
  readonly #builder: GraphBuilder;
  #batchFirst: Value | undefined;
  #spatialFirst: Value | undefined;

  private constructor(builder: GraphBuilder, batchFirst: Value | undefined, spatialFirst: Value | undefined) {
    this.#builder = builder;
    this.#batchFirst = batchFirst;
    this.#spatialFirst = spatialFirst;
  }

  static asItWas(builder: GraphBuilder, value: Value): HeldValue {
    return new HeldValue(builder, value, undefined);
  }

  static spatialFirst(builder: GraphBuilder, value: Value): HeldValue {
    return new HeldValue(builder, undefined, value);
  }

  /** Whether the value exists with space first already. */
  get isSpatialFirst(): boolean {
    return this.#spatialFirst !== undefined;
  }

  /** In the original order: NCHW, or whatever a value is that is no image. */
  get batchFirst(): Value {
    this.#batchFirst ??= this.#builder.transpose(this.#spatialFirst!, SPACE_BEFORE_BATCH);
    return this.#batchFirst;
  }

  /** `[H, W, N, C]`; of a value of four axes alone. */
  get spatialFirst(): Value {
    this.#spatialFirst ??= this.#builder.transpose(this.#batchFirst!, SPACE_BEFORE_BATCH);
    return this.#spatialFirst;
  }
}
