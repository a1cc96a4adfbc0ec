/** @file Sums of products by Einstein's notation, of constants: how tables of relative positions are spread out. */

import { computeSize, computeStrides, type Tensor } from '../../tensor/tensor.ts';
import { type Call, createWriter, readNumbers, requireInput } from './call.ts';
import { walk } from './walk.ts';
import { CannotFold } from './workspace.ts';

/** @see https://onnx.ai/onnx/operators/onnx__Einsum.html */
export function einsum(call: Call): Tensor {
  const { equation } = call.attributes;
  const [left, right] = String(equation).replaceAll(' ', '').split('->');
  const terms = left?.split(',') ?? [];
  if (right === undefined || !/^[A-Za-z,]*$/.test(`${left}${right}`)) {
    throw new CannotFold('an equation of more than letters');
  }
  const inputs = call.inputs.map((_, index) => requireInput(call, index));
  const sizes = new Map<string, number>();
  terms.forEach((term, index) => {
    const { shape } = inputs[index] ?? { shape: [] };
    if (term.length !== shape.length) throw new CannotFold('letters that are no axes');
    [...term].forEach((letter, axis) => {
      const known = sizes.get(letter) ?? shape[axis]!;
      if (known !== shape[axis]) throw new CannotFold('a letter of two sizes');
      sizes.set(letter, known);
    });
  });
  const letters = [...right, ...[...sizes.keys()].filter((letter) => !right.includes(letter))];
  if (letters.some((letter) => !sizes.has(letter)) || new Set(right).size !== right.length) {
    throw new CannotFold('a result of other letters');
  }
  const shape = letters.map((letter) => sizes.get(letter)!);
  call.workspace.read(computeSize(shape) * inputs.length);
  const result = call.workspace.zeros(inputs[0]!.dtype, shape.slice(0, right.length));
  const sums = call.workspace.zeros('float64', result.shape).data;
  const numbers = inputs.map(readNumbers);
  const along = (term: string, strides: readonly number[]) =>
    letters.map((letter) =>
      [...term].reduce((sum, each, axis) => sum + (each === letter ? strides[axis]! : 0), 0),
    );
  const strides = [
    along(right, computeStrides(result.shape)),
    ...inputs.map((input, index) => along(terms[index]!, computeStrides(input.shape))),
  ];
  walk(shape, strides, (_, offsets) => {
    let product = 1;
    for (let i = 0; i < numbers.length; i++) product *= numbers[i]![offsets[i + 1]!]!;
    sums[offsets[0]!]! += product;
  });
  const write = createWriter(result);
  sums.forEach((sum, position) => {
    write(position, sum);
  });
  return result;
}
