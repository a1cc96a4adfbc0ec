/** @file Pass: works out what is known before the run, where that is cheap: shapes, and small arithmetic. */

import type { DType } from '../../tensor/dtype.ts';
import { typedArrayFor } from '../../tensor/dtype.ts';
import { placeOf, StoredTensor } from '../../tensor/stored-tensor.ts';
import {
  computeSize,
  computeStrides,
  integers,
  type Tensor,
  tensor,
  transpose,
} from '../../tensor/tensor.ts';
import { isStatic } from '../dimension.ts';
import type { Graph, Node, Value } from '../graph.ts';
import type { OpType } from '../operators.ts';
import { withNodes } from './rewrite.ts';

/** Larger results are left to ONNX Runtime, which folds them as it loads the model, so that files stay small. */
const MAX_ELEMENTS = 4096;

export function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const values = new Map(graph.values);
  const nodes = graph.nodes.filter((node) => {
    const name = node.outputs[0]!;
    const output = graph.values.get(name);
    if (node.outputs.length !== 1 || output === undefined) return true;
    const folded = knownSizes(output) ?? evaluate(graph, node, constants);
    if (folded === undefined) return true;
    constants.set(name, folded);
    values.set(name, { name, dtype: folded.dtype, shape: folded.shape });
    return false;
  });
  // A constant may be an output of the graph; ONNX allows that, under the same name.
  return withNodes(graph, nodes, { constants, values });
}

type Evaluation = (inputs: readonly Tensor[], node: Node) => Tensor | undefined;

const EVALUATIONS: { readonly [K in OpType]?: Evaluation } = {
  Identity: ([x]) => x,
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: ([x], node) => transpose(x!, (node as Node<'Transpose'>).attributes.perm),
  Cast: ([x], node) => cast(x!, (node as Node<'Cast'>).attributes.to),
  Neg: ([x]) => mapped(x!, (value) => -value),
  Sqrt: ([x]) => mapped(x!, Math.sqrt),
  Reciprocal: ([x]) => mapped(x!, (value) => 1 / value),
  Add: (inputs) => binary(inputs, (a, b) => a + b),
  Sub: (inputs) => binary(inputs, (a, b) => a - b),
  Mul: (inputs) => binary(inputs, (a, b) => a * b),
  Div: (inputs) => binary(inputs, (a, b) => a / b),
};

function evaluate(graph: Graph, node: Node, constants: ReadonlyMap<string, Tensor>): Tensor | undefined {
  const evaluation = EVALUATIONS[node.op];
  const inputs = node.inputs.map((name) => constants.get(name));
  if (evaluation === undefined || inputs.includes(undefined)) return undefined;
  const shape = graph.values.get(node.outputs[0]!)!.shape;
  if (!isStatic(shape)) return undefined;
  const [first] = inputs;
  // Nothing is read for it, and ONNX Runtime would copy what it folds. What has no place is folded as if it lay in memory.
  if (evaluation === reshaped && first instanceof StoredTensor && placeOf(first) !== undefined)
    return new StoredTensor(shape, first.numbers);
  if (computeSize(shape) > MAX_ELEMENTS) return undefined;
  const result = evaluation(inputs as Tensor[], node);
  return result && { ...result, shape };
}

/** What shape inference worked out already. */
function knownSizes({ dtype, sizes, shape }: Value): Tensor | undefined {
  if (dtype !== 'int64' || sizes === undefined || !sizes.every((size) => typeof size === 'number'))
    return undefined;
  return integers(sizes as number[], shape as number[]);
}

/** The caller gives the shape. */
function reshaped([x]: readonly Tensor[]): Tensor | undefined {
  return x;
}

function cast(x: Tensor, to: DType): Tensor | undefined {
  if (to === x.dtype) return x;
  if (to === 'float16' || x.dtype === 'float16' || to === 'bool') return undefined;
  const numbers = Array.from<number | bigint, number>(x.data as ArrayLike<number | bigint>, Number);
  if (to === 'int64') return integers(numbers.map(Math.trunc), x.shape);
  const whole = to === 'float32' || to === 'float64' ? numbers : numbers.map(Math.trunc);
  const data = new (typedArrayFor(to))(numbers.length);
  (data as Float64Array).set(whole);
  return tensor(to, x.shape, data);
}

/** float32 alone: other types have other rules of rounding. */
function mapped(x: Tensor, of: (value: number) => number): Tensor | undefined {
  return x.dtype === 'float32' ? tensor('float32', x.shape, (x.data as Float32Array).map(of)) : undefined;
}

function binary([a, b]: readonly Tensor[], of: (a: number, b: number) => number): Tensor | undefined {
  if (a?.dtype !== 'float32' || b?.dtype !== 'float32') return undefined;
  const rank = Math.max(a.shape.length, b.shape.length);
  const [left, right] = [a, b].map(({ shape }) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  const shape = left!.map((size, axis) => (size === 1 ? right![axis]! : size));
  const strides = computeStrides(shape);
  const offsetIn = (own: readonly number[]) => {
    const ownStrides = computeStrides(own);
    return (index: number) =>
      own.reduce((sum, size, axis) => {
        const coordinate = Math.floor(index / strides[axis]!) % shape[axis]!;
        return sum + (size === 1 ? 0 : coordinate * ownStrides[axis]!);
      }, 0);
  };
  const [inLeft, inRight] = [offsetIn(left!), offsetIn(right!)];
  const data = new Float32Array(computeSize(shape));
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  data.forEach((_, index) => {
    data[index] = of(x[inLeft(index)]!, y[inRight(index)]!);
  });
  return tensor('float32', shape, data);
}
