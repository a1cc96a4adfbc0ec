/**
 * @file A graph of TensorFlow Lite's operators in integers of 8 bits.
 * @see https://ai.google.dev/edge/litert/models/quantization_spec
 */

import { computeSize } from '../../core/tensor/tensor.ts';
import { OPERATORS, type OperatorRow } from '../../core/weights/tflite-schema.ts';
import { cannotExport, type FormatReader } from '../export-format.ts';
import type { Quantization, TfliteGraph, TfliteOperator, TfliteTensor } from './tflite-graph.ts';
import type { Range } from './tflite-ranges.ts';

const TFLITE_INT8: FormatReader = { reader: 'TensorFlow Lite in int8', instead: 'tflite without --quantize' };

/** How a tensor of one scale stands for real numbers: `scale * (integer - zeroPoint)`. */
interface Scale {
  readonly scale: number;
  readonly zeroPoint: number;
}

const MIN_INT8 = -128;
const MAX_INT8 = 127;
const MAX_INT32 = 2 ** 31 - 1;

/** What these give lies in a range that the specification lays down. */
const FIXED: Readonly<Partial<Record<TfliteOperator['op'], Scale>>> = {
  LOGISTIC: { scale: 1 / 256, zeroPoint: MIN_INT8 },
  SOFTMAX: { scale: 1 / 256, zeroPoint: MIN_INT8 },
  TANH: { scale: 1 / 128, zeroPoint: 0 },
};

/** Pixels as they come: 0 is -128. */
const PIXELS: Scale = { scale: 1, zeroPoint: MIN_INT8 };

/** What these take and give has one scale. */
const OF_ONE_SCALE: readonly TfliteOperator['op'][] = [
  'AVERAGE_POOL_2D',
  'CONCATENATION',
  'MAX_POOL_2D',
  'PAD',
  'REDUCE_MAX',
  'RESHAPE',
  'STRIDED_SLICE',
];

/**
 * The graph in int8: weights by output channel and symmetric (those of dense layers by one scale), activations by one scale and
 * a zero point for each tensor. It takes pixels as uint8, and gives uint8.
 *
 * @param graph - Takes pixels in [0, 255], without `AFFINE`.
 * @param ranges - Of what its operators give.
 * @throws {GraftError} `graph`, naming what has no integers, or no range.
 */
export function quantizeTflite(graph: TfliteGraph, ranges: ReadonlyMap<TfliteTensor, Range>): TfliteGraph {
  const scales = chooseScales(graph, ranges);
  const ends = new Set([...graph.inputs, ...graph.outputs]);
  const made = new Map<TfliteTensor, TfliteTensor>();
  const inInt8 = (tensor: TfliteTensor): TfliteTensor => {
    const known = made.get(tensor);
    if (known !== undefined) return known;
    const integers: TfliteTensor = {
      // What goes in and out has the name.
      name: ends.has(tensor) ? `${tensor.name}/int8` : tensor.name,
      shape: tensor.shape,
      type: 'int8',
      quantization: ofOne(scales.get(tensor)!),
    };
    made.set(tensor, integers);
    return integers;
  };
  const operators = graph.operators.map((operator): TfliteOperator => {
    const { inputs, op } = operator;
    const output = inInt8(operator.output);
    if (op === 'CONV_2D' || op === 'DEPTHWISE_CONV_2D' || op === 'FULLY_CONNECTED') {
      const [x, weights, bias] = inputs as [TfliteTensor, TfliteTensor, TfliteTensor];
      const axis = op === 'CONV_2D' ? 0 : op === 'DEPTHWISE_CONV_2D' ? 3 : undefined;
      const filters = quantizeFilters(weights, bias, scales.get(x)!.scale, axis);
      return { ...operator, inputs: [inInt8(x), ...filters], output };
    }
    const taken = inputs.map((tensor) => {
      if (tensor.data === undefined) return inInt8(tensor);
      return tensor.data instanceof Float32Array ? quantizeConstant(tensor, tensor.data) : tensor;
    });
    return { ...operator, inputs: taken, output };
  });
  return withBytesAtEnds(graph, operators, inInt8);
}

/** Of all tensors that are computed: those of operators of one scale are tied together. */
function chooseScales(
  { inputs, operators }: TfliteGraph,
  ranges: ReadonlyMap<TfliteTensor, Range>,
): ReadonlyMap<TfliteTensor, Scale> {
  const ties = new Map<TfliteTensor, TfliteTensor>();
  const rootOf = (tensor: TfliteTensor): TfliteTensor => {
    const next = ties.get(tensor);
    return next === undefined ? tensor : rootOf(next);
  };
  for (const { op, inputs, output } of operators) {
    if (!OF_ONE_SCALE.includes(op)) continue;
    for (const tensor of inputs) {
      if (tensor.data !== undefined || rootOf(tensor) === rootOf(output)) continue;
      ties.set(rootOf(tensor), rootOf(output));
    }
  }
  const fixed = new Map<TfliteTensor, Scale>();
  const joined = new Map<TfliteTensor, Range>();
  const all: TfliteTensor[] = [];
  for (const tensor of inputs) {
    fixed.set(rootOf(tensor), PIXELS);
    all.push(tensor);
  }
  for (const operator of operators) {
    const { op, output } = operator;
    const row: OperatorRow | undefined = op === 'AFFINE' ? undefined : OPERATORS[op];
    if (row?.int8Version === undefined) throw cannotExport(output, TFLITE_INT8, 'an operator', `"${op}"`);
    all.push(output);
    const root = rootOf(output);
    const own = FIXED[op];
    if (own !== undefined) {
      const other = fixed.get(root);
      if (other !== undefined && other.scale !== own.scale) throw twoScales(output);
      fixed.set(root, own);
      continue;
    }
    const range = ranges.get(output) ?? (operator.activation === 'relu6' ? RELU6_RANGE : undefined);
    if (range === undefined) {
      throw cannotExport(
        output,
        TFLITE_INT8,
        'the output of a layer, whose range is known,',
        `"${op}" within it`,
      );
    }
    const before = joined.get(root) ?? range;
    joined.set(root, { min: Math.min(before.min, range.min), max: Math.max(before.max, range.max) });
  }
  return new Map(
    all.map((tensor) => {
      const root = rootOf(tensor);
      return [tensor, fixed.get(root) ?? scaleOf(joined.get(root)!)];
    }),
  );
}

const RELU6_RANGE: Range = { min: 0, max: 6 };

function twoScales(tensor: TfliteTensor): Error {
  return cannotExport(
    tensor,
    TFLITE_INT8,
    'an operator whose inputs have one scale, the only kind',
    'a sigmoid and a tanh together',
  );
}

/** A scale in which 0 is a whole number: paddings are 0. */
function scaleOf({ min, max }: Range): Scale {
  const [low, high] = [Math.min(min, 0), Math.max(max, 0)];
  const scale = Math.fround((high - low) / (MAX_INT8 - MIN_INT8));
  // Of nothing but zeros, any scale will do.
  if (!(scale > 0)) return { scale: 1, zeroPoint: 0 };
  const zeroPoint = Math.round(MIN_INT8 - low / scale);
  return { scale, zeroPoint: Math.min(Math.max(zeroPoint, MIN_INT8), MAX_INT8) };
}

/** Weights and bias: integers of 8 and of 32 bits; a bias has the scale of what it is added to. */
function quantizeFilters(
  weights: TfliteTensor,
  bias: TfliteTensor,
  inputScale: number,
  axis: number | undefined,
): readonly [TfliteTensor, TfliteTensor] {
  const values = weights.data as Float32Array;
  const shifts = bias.data as Float32Array;
  const count = axis === undefined ? 1 : (weights.shape[axis] as number);
  const inner = axis === undefined ? 1 : computeSize(weights.shape.slice(axis + 1) as readonly number[]);
  const channelOf = (index: number): number => Math.floor(index / inner) % count;
  const largest = new Float64Array(count);
  values.forEach((value, index) => {
    const channel = axis === undefined ? 0 : channelOf(index);
    largest[channel] = Math.max(largest[channel]!, Math.abs(value));
  });
  shifts.forEach((value, index) => {
    // A bias far larger than its weights would not fit.
    const least = (Math.abs(value) / inputScale / MAX_INT32) * 2 * MAX_INT8;
    const channel = axis === undefined ? 0 : index;
    largest[channel] = Math.max(largest[channel]!, least);
  });
  const scale = Array.from(largest, (value) => Math.fround(value / MAX_INT8) || 1);
  const data = new Int8Array(values.length);
  values.forEach((value, index) => {
    const rounded = Math.round(value / scale[axis === undefined ? 0 : channelOf(index)]!);
    data[index] = Math.min(Math.max(rounded, -MAX_INT8), MAX_INT8);
  });
  const biasScale = scale.map((each) => Math.fround(each * inputScale));
  const biasData = Int32Array.from(shifts, (value, index) =>
    Math.round(value / biasScale[axis === undefined ? 0 : index]!),
  );
  const zeroPoint = scale.map(() => 0);
  return [
    { ...weights, data, type: 'int8', quantization: { scale, zeroPoint, axis: axis ?? 0 } },
    { ...bias, data: biasData, type: 'int32', quantization: { scale: biasScale, zeroPoint, axis: 0 } },
  ];
}

function quantizeConstant(tensor: TfliteTensor, values: Float32Array): TfliteTensor {
  const own = scaleOf({ min: Math.min(...values), max: Math.max(...values) });
  const data = Int8Array.from(values, (value) => {
    const rounded = Math.round(value / own.scale) + own.zeroPoint;
    return Math.min(Math.max(rounded, MIN_INT8), MAX_INT8);
  });
  return { ...tensor, data, type: 'int8', quantization: ofOne(own) };
}

function ofOne({ scale, zeroPoint }: Scale): Quantization {
  return { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
}

/** Images are bytes without a sign: they go in, and come out, as such. */
function withBytesAtEnds(
  { inputs, outputs }: TfliteGraph,
  operators: readonly TfliteOperator[],
  inInt8: (tensor: TfliteTensor) => TfliteTensor,
): TfliteGraph {
  const bytesOf = (tensor: TfliteTensor): TfliteTensor => {
    const { quantization } = inInt8(tensor);
    const { scale, zeroPoint } = quantization!;
    const shifted = { scale, zeroPoint: zeroPoint.map((point) => point - MIN_INT8), axis: 0 };
    return { name: tensor.name, shape: tensor.shape, type: 'uint8', quantization: shifted };
  };
  const requantize = (from: TfliteTensor, to: TfliteTensor): TfliteOperator => ({
    ...{ op: 'QUANTIZE', inputs: [from], output: to, options: {}, activation: 'none' },
  });
  const [taken, given] = [inputs.map(bytesOf), outputs.map(bytesOf)];
  return {
    inputs: taken,
    outputs: given,
    operators: [
      ...inputs.map((tensor, index) => requantize(taken[index]!, inInt8(tensor))),
      ...operators,
      ...outputs.map((tensor, index) => requantize(inInt8(tensor), given[index]!)),
    ],
  };
}
