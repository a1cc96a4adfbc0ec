/** @file What a shape rule is, and the checks that all of them share. */

import { GraftError } from '../errors/graft-error.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { formatShape } from './dimension.ts';
import type { Dimension, Shape, Value } from './graph.ts';
import type { OpAttributes, OpType } from './operators.ts';

/** No tensor has more: a longer list of sizes comes from a damaged file. */
export const MAX_AXES = 64;

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
  /** See {@link Value.sizes}. */
  readonly sizes?: Shape | undefined;
}

export interface InferenceContext {
  /** For messages: `Conv "Conv1"`. */
  readonly where: string;
  /** The node's name, unique in its graph: sizes that only the run will tell are named after it. */
  readonly name: string;
  /** How many outputs are wanted. */
  readonly outputs: number;
  /** The constant behind an input, if it is one: shapes, axes and pads are read from it. */
  readonly constantOf: (value: Value) => Tensor | undefined;
}

/** One operator applied to inputs, for its rule to evaluate. */
export class Application<K extends OpType> {
  readonly op: K;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: OpAttributes[K];
  readonly context: InferenceContext;

  constructor(
    op: K,
    inputs: readonly (Value | undefined)[],
    attributes: OpAttributes[K],
    context: InferenceContext,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.context = context;
  }

  /** A `shape` error about this application. */
  error(expected: string, received: string, advice: string): GraftError {
    return new GraftError('shape', { where: this.context.where, expected, received, advice });
  }

  /** An input that must be there. `what` is ONNX' name for it. */
  input(index: number, what: string): Value {
    const value = this.inputs[index];
    if (value === undefined) throw this.error(`an input "${what}"`, 'none', 'Give the operator this input.');
    return value;
  }

  /** As {@link input}, of one of these dtypes. */
  typed(index: number, what: string, dtypes: readonly DType[]): Value {
    const value = this.input(index, what);
    if (!dtypes.includes(value.dtype)) {
      const expected = `${what} of dtype ${dtypes.join(' or ')}`;
      throw this.error(expected, value.dtype, 'Add a Cast before it.');
    }
    return value;
  }

  /** Insists that an input has as many axes. `layout` shows them: `[N, C, H, W]`. */
  rank(value: Value, what: string, rank: number, layout: string): Value {
    if (value.shape.length !== rank) {
      throw this.error(`${what} ${layout}`, formatShape(value.shape), 'Reshape it before.');
    }
    return value;
  }

  /** Integers that must be known while the graph is built: axes, pads. Undefined if the input is absent. */
  integers(index: number, what: string): number[] | undefined {
    const value = this.inputs[index];
    if (value === undefined) return undefined;
    const known = this.sizes(index, what);
    if (known?.every((size) => typeof size === 'number')) return known as number[];
    throw this.error(`${what} as a constant`, `"${value.name}", which is computed`, 'Make it a constant.');
  }

  /** Integers as far as they are known: numbers, and names of sizes. Undefined if nothing is known of them. */
  sizes(index: number, what: string): Shape | undefined {
    const value = this.typed(index, what, ['int64', 'int32']);
    const constant = this.context.constantOf(value);
    if (constant === undefined) return value.sizes;
    // A pad and one behind it for each axis is the longest list.
    return constant.data.length > 2 * MAX_AXES ? undefined : Array.from(constant.data, Number);
  }

  /** An axis in `[-rank, rank)`, made positive. */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      throw this.error(`an axis in [${-rank}, ${rank})`, `${axis}`, 'Choose an axis that the input has.');
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** A name for a size that only the run will tell. */
  unknown(axis: number): Dimension {
    return `${this.context.name}.${axis}`;
  }

  /** NumPy's broadcasting: sizes are equal, or one of them is 1. A symbol is taken to equal what it meets. */
  broadcast(shapes: readonly Shape[]): Shape {
    const rank = Math.max(...shapes.map((shape) => shape.length));
    return Array.from({ length: rank }, (_, axis) => {
      let size: Dimension = 1;
      for (const shape of shapes) {
        const here = shape[axis - rank + shape.length] ?? 1;
        if (here === 1 || here === size) continue;
        if (size === 1 || (typeof size === 'string' && typeof here === 'number')) size = here;
        else if (typeof here !== 'string' || typeof size === 'string') {
          const all = shapes.map(formatShape).join(' and ');
          throw this.error('shapes that broadcast', all, 'Sizes must be equal, or 1.');
        }
      }
      return size;
    });
  }

  /** Insists on one dtype for all. */
  sameDtype(values: readonly Value[]): DType {
    const dtype = values[0]!.dtype;
    const other = values.find((value) => value.dtype !== dtype);
    if (other !== undefined) {
      const received = `${dtype} and ${other.dtype}`;
      throw this.error('inputs of one dtype', received, 'Add a Cast before it.');
    }
    return dtype;
  }
}

/** How an operator's outputs follow from its inputs. */
export interface Rule<K extends OpType> {
  /** Least and greatest number of inputs, optional ones included. */
  readonly takes: readonly [number, number];
  /** Types of all outputs that the operator can have. */
  readonly infer: (application: Application<K>) => readonly ValueType[];
}

/** The rules of some operators; one that is missing does not compile. */
export type Rules<O extends OpType> = { readonly [K in O]: Rule<K> };

/** Writes a rule. */
export function rule<K extends OpType>(
  min: number,
  greatest: number,
  infer: (application: Application<K>) => ValueType | readonly ValueType[],
): Rule<K> {
  return { takes: [min, greatest], infer: (application) => [infer(application)].flat() as ValueType[] };
}

export const FLOATS: readonly DType[] = ['float32', 'float16', 'float64'];
export const NUMBERS: readonly DType[] = [...FLOATS, 'uint8', 'int8', 'int32', 'int64'];
