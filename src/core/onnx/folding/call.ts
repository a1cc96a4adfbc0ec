/** @file One operator applied to constants. */

import type { DType } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { CannotFold, requireShort, type Workspace } from './workspace.ts';

/** What an evaluation sees. An absent optional input is undefined. */
export interface Call {
  readonly inputs: readonly (Tensor | undefined)[];
  /** By ONNX' names, as plain numbers, lists and words. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly workspace: Workspace;
}

/** Gives the operator's one output. @throws {CannotFold} Where it does not know how. */
export type Evaluation = (call: Call) => Tensor;

/** The types that numbers can be computed with here. */
export const COUNTABLE: readonly DType[] = ['float32', 'float64', 'uint8', 'int8', 'int32', 'int64', 'bool'];

export function requireInput({ inputs }: Call, index: number): Tensor {
  const input = inputs[index];
  if (input === undefined) throw new CannotFold('an input that is missing');
  return input;
}

/** A number among the attributes. */
export function findAttribute({ attributes }: Call, name: string, fallback: number): number {
  const value = attributes[name];
  return typeof value === 'number' ? value : fallback;
}

/** Numbers in an input, else in an attribute as older opsets have it. */
export function findList(call: Call, index: number, name: string): number[] | undefined {
  const input = call.inputs[index];
  if (input !== undefined) {
    requireShort(input.data.length);
    return [...readNumbers(input)];
  }
  const attribute = call.attributes[name];
  return Array.isArray(attribute) ? attribute.map(Number) : undefined;
}

/** The elements as numbers. @throws {CannotFold} For 16-bit floats, and integers that a number does not hold. */
export function readNumbers({ dtype, data }: Tensor): Exclude<Tensor['data'], BigInt64Array> | Float64Array {
  if (!COUNTABLE.includes(dtype)) throw new CannotFold(`elements of ${dtype}`);
  if (!(data instanceof BigInt64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** Writes a number into a tensor, as its type takes it: whole for integers, 0 or 1 for bool. */
export function createWriter({ dtype, data }: Tensor): (position: number, value: number) => void {
  if (data instanceof BigInt64Array) {
    return (position, value) => {
      if (!Number.isSafeInteger(value)) throw new CannotFold('a whole number beyond 2^53');
      data[position] = BigInt(value);
    };
  }
  if (dtype === 'bool') {
    return (position, value) => {
      data[position] = value === 0 ? 0 : 1;
    };
  }
  return (position, value) => {
    data[position] = value;
  };
}
