/** @file Images and weights by the formulas of tools/oracle/model_inputs.py, and what models make of them. */

import { Functional } from '../../../src/core/layers/functional.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../../src/core/layers/symbolic-tensor.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { computeSize, type Tensor, tensor } from '../../../src/core/tensor/tensor.ts';

/** A prime, so that samples lie all over an output. */
const SAMPLE_STEP = 7919;

/** What a fixture keeps of one image's output. */
export interface Sample {
  readonly shape: readonly number[];
  /** Of elements 0, 7919, 15838, ... modulo the size. */
  readonly values: readonly number[];
  readonly largest: number;
  readonly mean: number;
}

/** float32 `[count, height, width, 3]` in [-1, 1]. */
export function images(count: number, height: number, width: number): Tensor<'float32'> {
  const sampleSize = height * width * 3;
  const data = new Float32Array(count * sampleSize);
  for (let number = 0; number < count; number++) {
    for (let i = 0; i < sampleSize; i++) {
      const value = number % 2 === 0 ? hash32(i, number) & 255 : wave(i, number, width);
      data[number * sampleSize + i] = Math.fround(value / 127.5) - 1;
    }
  }
  return tensor('float32', [count, height, width, 3], data);
}

/** Gives every weight of a model numbers by a formula. */
export function setFormulaWeights(model: Functional): void {
  const layers = model.layers.filter((layer) => layer.weights.length > 0);
  layers.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const [layerIndex, layer] of layers.entries()) {
    for (const [index, weight] of layer.weights.entries()) {
      const { name, shape } = weight.spec;
      weight.value = formulaWeight(layerIndex * 8 + index, name, shape);
    }
  }
}

/** The numbers of one weight, by the formula. */
export function formulaWeight(seed: number, name: string, shape: readonly number[]): Float32Array {
  const last = shape.at(-1)!;
  const fanIn = last === 1 ? shape[0]! * shape[1]! : computeSize(shape) / last;
  const [base, scale] = baseAndScale(name, fanIn);
  const numbers = new Float32Array(computeSize(shape));
  // A loop: the largest networks have 60 million weights.
  for (let i = 0; i < numbers.length; i++) numbers[i] = base + scale * (hash32(i, seed) / 2 ** 31 - 1);
  return numbers;
}

function baseAndScale(name: string, fanIn: number): readonly [base: number, scale: number] {
  if (name === 'gamma' || name === 'moving_variance') return [1, 0.25];
  if (name === 'beta' || name === 'moving_mean' || name === 'bias') return [0, 0.1];
  return [0, Math.sqrt(6 / fanIn)];
}

/** Runs a model from its input to some tensors. */
export async function run(
  model: Functional,
  outputs: readonly SymbolicTensor[],
  input: Tensor<'float32'>,
): Promise<Tensor[]> {
  const graph = modelGraph(new Functional({ inputs: model.inputs, outputs, name: model.name }));
  const results = await evaluateGraph(graph, { [model.input.layer.name]: input }, { threads: 2 });
  return graph.outputs.map(({ name }) => results[name]!);
}

/** What the output holds where an image's sample has been taken. */
export function sampled(output: Tensor, number: number, { shape, values }: Sample): readonly number[] {
  const size = computeSize(shape);
  const one = (output.data as Float32Array).subarray(number * size, (number + 1) * size);
  return values.map((_, k) => one[(k * SAMPLE_STEP) % size]!);
}

export function hash32(index: number, seed: number): number {
  let value = (Math.imul(index, 2654435761) + Math.imul(seed, 40503) + 12345) >>> 0;
  value ^= value >>> 15;
  value = Math.imul(value, 2246822519);
  value ^= value >>> 13;
  return value >>> 0;
}

function wave(index: number, number: number, width: number): number {
  const channel = index % 3;
  const x = Math.floor(index / 3) % width;
  const y = Math.floor(index / (3 * width));
  const rows = Math.abs(((y * (2 + number) + channel * 85) % 510) - 255);
  const columns = Math.abs(((x * (3 + number) + channel * 40) % 510) - 255);
  return (rows + columns) >> 1;
}
