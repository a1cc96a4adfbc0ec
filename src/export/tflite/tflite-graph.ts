/** @file Operators of TensorFlow Lite between tensors, before they become a file. */

import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import type { FUSED_ACTIVATION, OperatorName } from '../../core/weights/tflite-schema.ts';

/** Sizes; null where a reader may choose, as of the batch. */
export type TfliteShape = readonly (number | null)[];

/** A tensor: a constant if it has data. */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: TfliteShape;
  readonly data?: Float32Array | Int32Array | undefined;
}

export type FusedActivation = keyof typeof FUSED_ACTIVATION;

/** The options of an operator by their names in the schema. */
export type TfliteOptions = Readonly<Record<string, number>>;

/**
 * An operator, or `AFFINE`: `x * scale + offset` along the last axis, which TensorFlow Lite lacks and a pass puts into the
 * operator before it, or writes as others.
 */
export interface TfliteOperator {
  readonly op: OperatorName | 'AFFINE';
  readonly inputs: readonly TfliteTensor[];
  readonly output: TfliteTensor;
  readonly options: TfliteOptions;
  /** Applied to the result, by the operators that can. */
  readonly activation: FusedActivation;
  /** Of `AFFINE`: a number for each place on the last axis. */
  readonly affine?: Affine | undefined;
}

export interface Affine {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

export interface TfliteGraph {
  readonly inputs: readonly TfliteTensor[];
  readonly outputs: readonly TfliteTensor[];
  /** In an order in which they can run. */
  readonly operators: readonly TfliteOperator[];
}

/** What an operator may have beside its inputs. */
export interface EmitOptions {
  readonly options?: TfliteOptions;
  readonly activation?: FusedActivation;
  readonly affine?: Affine;
}

/** Takes operators one after another. */
export class TfliteBuilder {
  readonly operators: TfliteOperator[] = [];
  readonly #constants = new Map<object, TfliteTensor>();

  /** @param name - Of the tensor that comes out. */
  emit(
    op: TfliteOperator['op'],
    inputs: readonly TfliteTensor[],
    name: string,
    shape: TfliteShape,
    { options = {}, activation = 'none', affine }: EmitOptions = {},
  ): TfliteTensor {
    const output = { name, shape };
    this.operators.push({ op, inputs, output, options, activation, affine });
    return output;
  }

  /** `x * scale + offset` along the last axis. */
  affine(x: TfliteTensor, name: string, scale: ArrayLike<number>, offset: ArrayLike<number>): TfliteTensor {
    const affine = { scale: Float64Array.from(scale), offset: Float64Array.from(offset) };
    return this.emit('AFFINE', [x], name, x.shape, { affine });
  }

  /** A weight: one of a layer that is applied several times is there once. @param make - Its data, in TensorFlow Lite's order. */
  weight(key: object, name: string, shape: readonly number[], make: () => Float32Array): TfliteTensor {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const made = floatConstant(name, shape, make());
    this.#constants.set(key, made);
    return made;
  }
}

export function floatConstant(name: string, shape: readonly number[], data: Float32Array): TfliteTensor {
  if (computeSize(shape) !== data.length)
    throw new RangeError(`${name}: ${data.length} numbers for [${shape}]`);
  return { name, shape, data };
}

/** Axes, shapes and paddings, which operators take as constants. */
export function integerConstant(
  name: string,
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
): TfliteTensor {
  return { name, shape, data: Int32Array.from(numbers) };
}

/** The shape of a layer's output. */
export function shapeOf({ shape }: SymbolicTensor): TfliteShape {
  return shape;
}
