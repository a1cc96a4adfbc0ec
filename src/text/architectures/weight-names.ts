/** @file Weights of layers and tensors of files: how one becomes the other, both ways. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { AdaptableLayer } from '../../core/layers/adaptable-layer.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Weight } from '../../core/layers/layer.ts';
import { computeSize, type Tensor, tensor, transpose } from '../../core/tensor/tensor.ts';
import type { TensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';

/** Where a weight stands in a file. */
export interface WeightName {
  readonly layer: string;
  readonly weight: string;
  readonly tensor: string;
  /** Whether the file has the matrix `[out, in]`. Default false. */
  readonly isTransposed?: boolean | undefined;
  /** Which columns of the file's matrix, or elements of its vector, are the weight. Default all. */
  readonly columns?: readonly [from: number, to: number] | undefined;
}

/** Is given the numbers of one weight after the other. */
export type TakeNumbers = (weight: Weight, numbers: Float32Array) => Promise<void>;

/**
 * Sets a model's weights from a file, one tensor after the other.
 *
 * @param take - What becomes of the numbers. Default: they are the weight's.
 * @throws {GraftError} `weights`, if a tensor is missing, of another shape, or has numbers that are none.
 */
export async function readModelWeights(
  model: Functional,
  names: readonly WeightName[],
  source: TensorSource,
  take: TakeNumbers = setValue,
): Promise<void> {
  let last: { readonly name: string; readonly tensor: Tensor<'float32'> } | undefined;
  for (const { layer, weight: name, tensor: key, isTransposed, columns } of names) {
    const weight = model.getLayer(layer).weight(name);
    const { shape } = weight.spec;
    const expected = fileShape(shape, name, isTransposed);
    const found = source.shapes.get(key);
    const width = columns === undefined ? undefined : found?.at(-1);
    const fits = found?.length === expected.length && found.every((size, axis) => fit(size, axis, expected));
    function fit(size: number, axis: number, sizes: readonly number[]): boolean {
      if (columns !== undefined && axis === sizes.length - 1) return size === 3 * sizes[axis]!;
      return size === sizes[axis];
    }
    if (!fits) throw mismatch(source.where, key, expected, found, columns !== undefined);
    // Three weights come from one tensor, one after the other.
    const read: Tensor<'float32'> = last?.name === key ? last.tensor : await source.read(key);
    last = columns === undefined ? undefined : { name: key, tensor: read };
    const chosen = columns === undefined ? read.data : chooseColumns(read.data, width!, columns);
    const numbers = isTransposed ? transpose(tensor('float32', expected, chosen), [1, 0]).data : chosen;
    requireFinite(numbers, source.where, key);
    await take(weight, numbers);
  }
}

async function setValue(weight: Weight, numbers: Float32Array): Promise<void> {
  weight.value = numbers;
}

/** The tensors of a file from a model's weights, adapters merged: what {@link readModelWeights} reads. */
export function collectTensors(
  model: Functional,
  names: readonly WeightName[],
): ReadonlyMap<string, Tensor<'float32'>> {
  const tensors = new Map<string, Tensor<'float32'>>();
  for (const { layer, weight: name, tensor: key, isTransposed, columns } of names) {
    const owner = model.getLayer(layer);
    const { spec } = owner.weight(name);
    const value = owner instanceof AdaptableLayer ? owner.mergedValue(name) : owner.weight(name).value;
    const shape = matrixShape(spec.shape, name);
    const given = tensor('float32', shape, value);
    const written = isTransposed ? transpose(given, [1, 0]) : given;
    if (columns === undefined) {
      tensors.set(key, written);
      continue;
    }
    const rows = shape.length === 1 ? [] : [shape[0]!];
    const part = shape.at(-1)!;
    const whole = tensors.get(key) ?? {
      dtype: 'float32' as const,
      shape: [...rows, 3 * part],
      data: new Float32Array(3 * computeSize(shape)),
    };
    tensors.set(key, whole);
    for (let row = 0; row * part < value.length; row++) {
      whole.data.set(value.subarray(row * part, (row + 1) * part), row * 3 * part + columns[0]);
    }
  }
  return tensors;
}

/** Heads of attention are one axis in files: `[D, heads, headDim]` is `[D, heads headDim]`. */
function matrixShape(shape: readonly number[], name: string): readonly number[] {
  if (shape.length === 3) {
    const [a, b, c] = shape as [number, number, number];
    return name.startsWith('attention_output') ? [a * b, c] : [a, b * c];
  }
  return shape.length === 2 && name.endsWith('/bias') ? [computeSize(shape)] : shape;
}

function fileShape(
  shape: readonly number[],
  name: string,
  isTransposed: boolean | undefined,
): readonly number[] {
  const matrix = matrixShape(shape, name);
  return isTransposed ? matrix.toReversed() : matrix;
}

function chooseColumns(
  numbers: Float32Array,
  width: number,
  [from, to]: readonly [number, number],
): Float32Array {
  const part = to - from;
  const chosen = new Float32Array((numbers.length / width) * part);
  for (let row = 0; row * width < numbers.length; row++) {
    chosen.set(numbers.subarray(row * width + from, row * width + to), row * part);
  }
  return chosen;
}

function requireFinite(numbers: Float32Array, where: string, key: string): void {
  // By its place, as an iterator takes ten times as long.
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i]!)) continue;
    throw brokenFile(where, `finite numbers in "${key}"`, String(numbers[i]));
  }
}

function mismatch(
  where: string,
  key: string,
  expected: readonly number[],
  found: readonly number[] | undefined,
  isOfThree: boolean,
): GraftError {
  const sizes = isOfThree ? [...expected.slice(0, -1), 3 * expected.at(-1)!] : expected;
  return new GraftError('weights', {
    where,
    expected: `a tensor "${key}" of shape [${sizes.join(', ')}]`,
    received: found === undefined ? 'none' : `[${found.join(', ')}]`,
    advice: 'Configuration and weights are of different models, or a part of the file is missing.',
  });
}
