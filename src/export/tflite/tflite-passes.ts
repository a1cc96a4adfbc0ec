/** @file What TensorFlow Lite's converter does, too: normalizations go into the convolution before them, activations into what they follow. */

import { PADDING } from '../../core/weights/tflite-schema.ts';
import {
  type Affine,
  floatConstant,
  type TfliteGraph,
  type TfliteOperator,
  type TfliteTensor,
} from './tflite-graph.ts';

/** Operators that TensorFlow Lite has, without `AFFINE`. */
export function simplifyTflite(graph: TfliteGraph): TfliteGraph {
  return fuseActivations(writeAffineOut(foldAffine(graph)));
}

/** Operators whose outputs have a filter each. */
const FILTERING = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'];

/** `(x W + b) s + o = x (W s) + (b s + o)`. */
function foldAffine(graph: TfliteGraph): TfliteGraph {
  return mergeIntoProducer(graph, (before, { affine, inputs, output }) => {
    if (affine === undefined || inputs[0] !== before.output) return undefined;
    if (!FILTERING.includes(before.op) || before.activation !== 'none') return undefined;
    const [x, weights, bias] = before.inputs as [TfliteTensor, TfliteTensor, TfliteTensor];
    const channels = affine.scale.length;
    // A depthwise kernel has the channels last, the others first.
    const isLast = before.op === 'DEPTHWISE_CONV_2D';
    const each = weights.data!.length / channels;
    const kernel = Float32Array.from(
      weights.data!,
      (value, index) => value * affine.scale[isLast ? index % channels : Math.floor(index / each)]!,
    );
    const shift = Float32Array.from(
      bias.data!,
      (value, index) => value * affine.scale[index]! + affine.offset[index]!,
    );
    const folded = [
      x,
      floatConstant(`${weights.name}/folded`, weights.shape as readonly number[], kernel),
      floatConstant(`${output.name}/bias`, [channels], shift),
    ];
    return { ...before, inputs: folded, output };
  });
}

/** What is left: of images a convolution of each channel by one pixel, else a product and a sum. */
function writeAffineOut(graph: TfliteGraph): TfliteGraph {
  return { ...graph, operators: graph.operators.flatMap(affineOperators) };
}

function affineOperators(operator: TfliteOperator): readonly TfliteOperator[] {
  const { affine, output, inputs } = operator;
  if (affine === undefined) return [operator];
  const { name, shape } = output;
  const channels = affine.scale.length;
  const constant = (what: keyof Affine): TfliteTensor =>
    floatConstant(`${name}/${what}`, [channels], Float32Array.from(affine[what]));
  const x = inputs[0]!;
  if (shape.length === 4) {
    const weights = { ...constant('scale'), shape: [1, 1, 1, channels] };
    const options = { padding: PADDING.valid, strideW: 1, strideH: 1, depthMultiplier: 1 };
    const operands = [x, weights, constant('offset')];
    return [{ ...plain('DEPTHWISE_CONV_2D', operands, output), options }];
  }
  const isShifted = affine.offset.some((value) => value !== 0);
  if (!isShifted) return [plain('MUL', [x, constant('scale')], output)];
  const product = { name: `${name}/product`, shape };
  return [plain('MUL', [x, constant('scale')], product), plain('ADD', [product, constant('offset')], output)];
}

function plain(
  op: TfliteOperator['op'],
  inputs: readonly TfliteTensor[],
  output: TfliteTensor,
): TfliteOperator {
  return { op, inputs, output, options: {}, activation: 'none' };
}

/** Operators that may end in one. */
const ACTIVATING = [...FILTERING, 'ADD', 'AVERAGE_POOL_2D', 'MAX_POOL_2D', 'MUL'];
const FUSED = new Map([
  ['RELU', 'relu'],
  ['RELU6', 'relu6'],
] as const);

function fuseActivations(graph: TfliteGraph): TfliteGraph {
  return mergeIntoProducer(graph, (before, { op, output }) => {
    const activation = FUSED.get(op as 'RELU');
    if (activation === undefined || before.activation !== 'none' || !ACTIVATING.includes(before.op)) {
      return undefined;
    }
    return { ...before, activation, output };
  });
}

/**
 * Puts operators together with the one that makes their first input, where nothing else reads that.
 *
 * @param merge - The two as one; undefined where they stay apart.
 */
function mergeIntoProducer(
  graph: TfliteGraph,
  merge: (before: TfliteOperator, operator: TfliteOperator) => TfliteOperator | undefined,
): TfliteGraph {
  const readers = new Map<TfliteTensor, number>();
  for (const tensor of [...graph.operators.flatMap(({ inputs }) => inputs), ...graph.outputs]) {
    readers.set(tensor, (readers.get(tensor) ?? 0) + 1);
  }
  const places = new Map<TfliteTensor, number>();
  const operators: (TfliteOperator | undefined)[] = [];
  for (const operator of graph.operators) {
    const first = operator.inputs[0]!;
    const place = places.get(first);
    const before = place === undefined || readers.get(first) !== 1 ? undefined : operators[place];
    const merged = before === undefined ? undefined : merge(before, operator);
    if (merged !== undefined) operators[place!] = undefined;
    places.set(operator.output, operators.length);
    operators.push(merged ?? operator);
  }
  return { ...graph, operators: operators.filter((operator) => operator !== undefined) };
}
