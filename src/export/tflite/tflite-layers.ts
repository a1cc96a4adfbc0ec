/** @file Layers as operators of TensorFlow Lite, a rule for each. */

import { Activation } from '../../core/layers/activation.ts';
import type { ActivationName } from '../../core/layers/activations.ts';
import { Add } from '../../core/layers/add.ts';
import { AveragePooling2D } from '../../core/layers/average-pooling2d.ts';
import { BatchNormalization } from '../../core/layers/batch-normalization.ts';
import { Concatenate } from '../../core/layers/concatenate.ts';
import { Conv2D } from '../../core/layers/conv2d.ts';
import { Cropping2D } from '../../core/layers/cropping2d.ts';
import { Dense } from '../../core/layers/dense.ts';
import { DepthwiseConv2D } from '../../core/layers/depthwise-conv2d.ts';
import { Dropout } from '../../core/layers/dropout.ts';
import { Flatten } from '../../core/layers/flatten.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { GlobalAveragePooling2D } from '../../core/layers/global-average-pooling2d.ts';
import { GlobalMaxPooling2D } from '../../core/layers/global-max-pooling2d.ts';
import type { GlobalPooling2D } from '../../core/layers/global-pooling2d.ts';
import type { Layer, SymbolicTensor } from '../../core/layers/layer.ts';
import { LayerNormalization } from '../../core/layers/layer-normalization.ts';
import { MaxPooling2D } from '../../core/layers/max-pooling2d.ts';
import { Multiply } from '../../core/layers/multiply.ts';
import { Normalization } from '../../core/layers/normalization.ts';
import type { PerChannel } from '../../core/layers/option-types.ts';
import type { Pooling2D } from '../../core/layers/pooling2d.ts';
import { ReLU } from '../../core/layers/relu.ts';
import { Rescaling } from '../../core/layers/rescaling.ts';
import { Reshape } from '../../core/layers/reshape.ts';
import { SeparableConv2D } from '../../core/layers/separable-conv2d.ts';
import { Softmax } from '../../core/layers/softmax.ts';
import { ZeroPadding2D } from '../../core/layers/zero-padding2d.ts';
import { PADDING } from '../../core/weights/tflite-schema.ts';
import { cannotExport, type FormatReader } from '../export-format.ts';
import { emitActivation, smallest } from './tflite-activations.ts';
import {
  floatConstant,
  integerConstant,
  shapeOf,
  TfliteBuilder,
  type TfliteGraph,
  type TfliteOptions,
  type TfliteTensor,
} from './tflite-graph.ts';

/** As messages name it. */
export const TFLITE: FormatReader = { reader: 'TensorFlow Lite', instead: 'onnx' };

/** What a rule emits, and for which application of its layer. */
interface Place {
  readonly builder: TfliteBuilder;
  readonly inputs: readonly TfliteTensor[];
  readonly output: SymbolicTensor;
}

type Rule<L extends Layer> = (layer: L, place: Place) => TfliteTensor;

/** A rule and the class of the layers that it is for. */
interface Row {
  readonly isFor: (layer: Layer) => boolean;
  readonly emit: (layer: Layer, place: Place) => TfliteTensor;
}

function row<L extends Layer>(layerClass: abstract new (...args: never[]) => L, rule: Rule<L>): Row {
  return {
    isFor: (layer) => layer instanceof layerClass,
    emit: (layer, place) => rule(layer as L, place),
  };
}

const ROWS: readonly Row[] = [
  row(Activation, (layer, { builder, inputs }) =>
    emitActivation(builder, layer.activation, inputs[0]!, layer.name),
  ),
  row(Add, (layer, place) => joined('ADD', layer, place)),
  row(AveragePooling2D, (layer, place) => pooled('AVERAGE_POOL_2D', layer, place)),
  row(BatchNormalization, normalizedByChannel),
  row(Concatenate, (layer, { builder, inputs, output }) => {
    const options = { axis: layer.axis < 0 ? layer.axis + output.shape.length : layer.axis };
    return builder.emit('CONCATENATION', inputs, layer.name, shapeOf(output), { options });
  }),
  row(Conv2D, convolved),
  row(Cropping2D, cropped),
  row(Dense, fullyConnected),
  row(DepthwiseConv2D, (layer, place) => {
    const bias = layer.useBias ? layer.weight('bias').value : undefined;
    return activated(layer, place, depthwise(layer, place, layer.name, bias));
  }),
  // Drops nothing, once a network is trained.
  row(Dropout, (_layer, { inputs }) => inputs[0]!),
  row(Flatten, (layer, place) => reshaped(layer, place)),
  row(GlobalAveragePooling2D, (layer, place) => globallyPooled('MEAN', layer, place)),
  row(GlobalMaxPooling2D, (layer, place) => globallyPooled('REDUCE_MAX', layer, place)),
  row(LayerNormalization, normalizedByPlace),
  row(MaxPooling2D, (layer, place) => pooled('MAX_POOL_2D', layer, place)),
  row(Multiply, (layer, place) => joined('MUL', layer, place)),
  row(Normalization, (layer, { builder, inputs, output }) => {
    const mean = layer.mean ?? [...layer.weight('mean').value];
    const variance = layer.variance ?? [...layer.weight('variance').value];
    const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), MIN_DEVIATION));
    const offset = scale.map((value, channel) => -mean[channel]! * value);
    return builder.affine(inputs[0]!, layer.name, perPlace(scale, output), perPlace(offset, output));
  }),
  row(ReLU, rectified),
  row(Rescaling, (layer, { builder, inputs, output }) =>
    builder.affine(inputs[0]!, layer.name, perPlace(layer.scale, output), perPlace(layer.offset, output)),
  ),
  row(Reshape, (layer, place) => reshaped(layer, place)),
  row(SeparableConv2D, separated),
  row(Softmax, (layer, { builder, inputs, output }) => {
    if (layer.axis !== -1 && layer.axis !== output.shape.length - 1) {
      throw cannotExport(layer, TFLITE, 'a softmax along the last axis, the only kind', `axis ${layer.axis}`);
    }
    return emitActivation(builder, 'softmax', inputs[0]!, layer.name);
  }),
  row(ZeroPadding2D, (layer, { builder, inputs, output }) => {
    const paddings = integerConstant(`${layer.name}/paddings`, [0, 0, ...layer.padding.flat(), 0, 0], [4, 2]);
    return builder.emit('PAD', [inputs[0]!, paddings], layer.name, shapeOf(output));
  }),
];

/** Keras' smallest deviation in Normalization. */
const MIN_DEVIATION = 1e-7;

/**
 * The operators of a model, with `AFFINE` among them.
 *
 * @param model - Of portable layers.
 * @throws {GraftError} `graph`, naming the layer that TensorFlow Lite cannot hold.
 */
export function tfliteOperators(model: Functional): TfliteGraph {
  const builder = new TfliteBuilder();
  const made = new Map<SymbolicTensor, TfliteTensor>();
  for (const tensor of model.inputs) {
    made.set(tensor, { name: tensor.layer.name, shape: fixedShape(tensor) });
  }
  for (const output of model.tensors) {
    if (made.has(output)) continue;
    const { layer } = output;
    const row = ROWS.find(({ isFor }) => isFor(layer));
    if (row === undefined) throw cannotExport(layer, TFLITE, 'a layer', `"${layer.className}"`);
    const inputs = output.inputs.map((tensor) => made.get(tensor)!);
    made.set(output, row.emit(layer, { builder, inputs, output }));
  }
  return {
    inputs: model.inputs.map((tensor) => made.get(tensor)!),
    outputs: model.outputs.map((tensor) => made.get(tensor)!),
    operators: builder.operators,
  };
}

/** Its tensors have one size each; the batch alone may be another. */
function fixedShape(tensor: SymbolicTensor): SymbolicTensor['shape'] {
  const { shape, layer } = tensor;
  if (shape.slice(1).every((size) => size !== null)) return shape;
  const shown = `[${shape.map((size) => size ?? 'any').join(', ')}]`;
  throw cannotExport(layer, TFLITE, 'an input of one size, the only kind', shown);
}

function activated(
  layer: Layer & { readonly activation: ActivationName },
  { builder }: Place,
  x: TfliteTensor,
): TfliteTensor {
  return emitActivation(builder, layer.activation, x, `${layer.name}/${layer.activation}`);
}

function convolved(layer: Conv2D, place: Place): TfliteTensor {
  const { builder, inputs, output } = place;
  const [height, width, depth, filters] = layer.weight('kernel').spec.shape as [
    number,
    number,
    number,
    number,
  ];
  const bias = layer.useBias ? layer.weight('bias').value : undefined;
  // A group for each channel has an operator of its own; of one channel, a plain convolution is faster.
  if (layer.groups > 1 && depth === 1) {
    return activated(layer, place, depthwise(layer, place, layer.name, bias));
  }
  const kernel = layer.weight('kernel');
  const weights = builder.weight(kernel, `${layer.name}/kernel`, [filters, height, width, depth], () =>
    lastFirst(kernel.value, filters),
  );
  const options = windowOptions(layer);
  const operands = [inputs[0]!, weights, biasOf(place, layer, filters, bias)];
  const x = builder.emit('CONV_2D', operands, layer.name, shapeOf(output), { options });
  return activated(layer, place, x);
}

/** Emits the convolution of each channel by itself: of a layer's depthwise kernel, or of a kernel in groups of one channel. */
function depthwise(
  layer: Conv2D | DepthwiseConv2D | SeparableConv2D,
  place: Place,
  name: string,
  bias: Float32Array | undefined,
): TfliteTensor {
  const { builder, inputs, output } = place;
  const kernel = layer.weight(layer instanceof Conv2D ? 'kernel' : 'depthwise_kernel');
  const { shape } = kernel.spec;
  const channels = inputs[0]!.shape.at(-1)!;
  const filters = shape[2]! * shape[3]!;
  // `[h, w, channels, multiplier]` and `[h, w, 1, channels * multiplier]` are the same numbers in the same order.
  const weightShape = [1, shape[0]!, shape[1]!, filters];
  const weights = builder.weight(
    kernel,
    `${layer.name}/${kernel.spec.name}`,
    weightShape,
    () => kernel.value,
  );
  const options = { ...windowOptions(layer), depthMultiplier: filters / channels };
  const operands = [inputs[0]!, weights, biasOf(place, layer, filters, bias)];
  return builder.emit('DEPTHWISE_CONV_2D', operands, name, [...output.shape.slice(0, 3), filters], {
    options,
  });
}

/** A depthwise convolution, then one by one pixel. */
function separated(layer: SeparableConv2D, place: Place): TfliteTensor {
  const { builder, output } = place;
  const between = depthwise(layer, place, `${layer.name}/depthwise`, undefined);
  const kernel = layer.weight('pointwise_kernel');
  const [, , depth, filters] = kernel.spec.shape as [number, number, number, number];
  const weights = builder.weight(kernel, `${layer.name}/pointwise_kernel`, [filters, 1, 1, depth], () =>
    lastFirst(kernel.value, filters),
  );
  const bias = layer.useBias ? layer.weight('bias').value : undefined;
  const operands = [between, weights, biasOf(place, layer, filters, bias)];
  const options = { padding: PADDING.valid, strideW: 1, strideH: 1 };
  const x = builder.emit('CONV_2D', operands, layer.name, shapeOf(output), { options });
  return activated(layer, place, x);
}

function fullyConnected(layer: Dense, place: Place): TfliteTensor {
  const { builder, inputs, output } = place;
  const kernel = layer.weight('kernel');
  const [width, units] = kernel.spec.shape as [number, number];
  const weights = builder.weight(kernel, `${layer.name}/kernel`, [units, width], () =>
    lastFirst(kernel.value, units),
  );
  const bias = layer.useBias ? layer.weight('bias').value : undefined;
  const operands = [inputs[0]!, weights, biasOf(place, layer, units, bias)];
  const options = { keepNumDims: output.shape.length > 2 ? 1 : 0 };
  const x = builder.emit('FULLY_CONNECTED', operands, layer.name, shapeOf(output), { options });
  return activated(layer, place, x);
}

/** Every convolution has one here, so that a normalization behind it finds a place. */
function biasOf(
  { builder }: Place,
  layer: Layer,
  length: number,
  bias: Float32Array | undefined,
): TfliteTensor {
  const name = `${layer.name}/bias`;
  if (bias === undefined) return floatConstant(name, [length], new Float32Array(length));
  return builder.weight(layer.weight('bias'), name, [length], () => bias);
}

/** `[..., outputs]` to `[outputs, ...]`. */
function lastFirst(values: Float32Array, outputs: number): Float32Array {
  const each = values.length / outputs;
  const turned = new Float32Array(values.length);
  for (let place = 0; place < each; place++) {
    for (let output = 0; output < outputs; output++) {
      turned[output * each + place] = values[place * outputs + output]!;
    }
  }
  return turned;
}

function windowOptions(layer: Conv2D | DepthwiseConv2D | SeparableConv2D): TfliteOptions {
  const [strideH, strideW] = layer.strides;
  const [dilationH, dilationW] = layer.dilationRate;
  return { padding: PADDING[layer.padding], strideW, strideH, dilationW, dilationH };
}

function pooled(
  op: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D',
  layer: Pooling2D,
  { builder, inputs, output }: Place,
): TfliteTensor {
  const [strideH, strideW] = layer.strides;
  const [filterHeight, filterWidth] = layer.poolSize;
  const options = { padding: PADDING[layer.padding], strideW, strideH, filterWidth, filterHeight };
  return builder.emit(op, inputs, layer.name, shapeOf(output), { options });
}

function globallyPooled(
  op: 'MEAN' | 'REDUCE_MAX',
  layer: GlobalPooling2D,
  { builder, inputs, output }: Place,
): TfliteTensor {
  const axes = integerConstant(`${layer.name}/axes`, [1, 2]);
  const options = { keepDims: layer.keepdims ? 1 : 0 };
  return builder.emit(op, [inputs[0]!, axes], layer.name, shapeOf(output), { options });
}

/** Its operators take two inputs each. */
function joined(op: 'ADD' | 'MUL', layer: Layer, { builder, inputs, output }: Place): TfliteTensor {
  const last = inputs.length - 1;
  return inputs.reduce((before, next, index) => {
    if (index === last) return builder.emit(op, [before, next], layer.name, shapeOf(output));
    const shape = before.shape.map((size, axis) => (size === 1 ? next.shape[axis]! : size));
    return builder.emit(op, [before, next], `${layer.name}/${index}`, shape);
  });
}

function cropped(layer: Cropping2D, { builder, inputs, output }: Place): TfliteTensor {
  const [[top], [left]] = layer.cropping;
  const [, height, width] = output.shape as readonly number[];
  const numbers = (what: string, values: readonly number[]): TfliteTensor =>
    integerConstant(`${layer.name}/${what}`, values);
  const operands = [
    inputs[0]!,
    numbers('begin', [0, top, left, 0]),
    numbers('end', [0, top + height!, left + width!, 0]),
    numbers('strides', [1, 1, 1, 1]),
  ];
  // Of the first and the last axis, everything: bits 0 and 3.
  const options = { beginMask: 0b1001, endMask: 0b1001 };
  return builder.emit('STRIDED_SLICE', operands, layer.name, shapeOf(output), { options });
}

function reshaped({ name }: Layer, { builder, inputs, output }: Place): TfliteTensor {
  // The batch stays open.
  const shape = integerConstant(`${name}/shape`, [-1, ...output.shape.slice(1).map((size) => size!)]);
  return builder.emit('RESHAPE', [inputs[0]!, shape], name, shapeOf(output));
}

function normalizedByChannel(layer: BatchNormalization, { builder, inputs }: Place): TfliteTensor {
  const mean = layer.weight('moving_mean').value;
  const gamma = layer.scale ? layer.weight('gamma').value : undefined;
  const beta = layer.center ? layer.weight('beta').value : undefined;
  const scale = Float64Array.from(
    layer.weight('moving_variance').value,
    (variance, channel) => (gamma?.[channel] ?? 1) / Math.sqrt(variance + layer.epsilon),
  );
  const offset = scale.map((factor, channel) => (beta?.[channel] ?? 0) - mean[channel]! * factor);
  return builder.affine(inputs[0]!, layer.name, scale, offset);
}

/** `(x - mean) / sqrt(variance + epsilon)` of each place, then by channel. */
function normalizedByPlace(layer: LayerNormalization, { builder, inputs }: Place): TfliteTensor {
  const x = inputs[0]!;
  const { name } = layer;
  const narrow = [...x.shape.slice(0, -1), 1];
  const channels = x.shape.at(-1)!;
  const mean = (of: TfliteTensor, what: string): TfliteTensor => {
    const axes = integerConstant(`${name}/axes`, [x.shape.length - 1]);
    return builder.emit('MEAN', [of, axes], `${name}/${what}`, narrow, { options: { keepDims: 1 } });
  };
  const centered = builder.emit('SUB', [x, mean(x, 'mean')], `${name}/centered`, x.shape);
  const square = builder.emit('MUL', [centered, centered], `${name}/square`, x.shape);
  const epsilon = floatConstant(`${name}/epsilon`, [], Float32Array.of(layer.epsilon));
  const shifted = builder.emit('ADD', [mean(square, 'variance'), epsilon], `${name}/shifted`, narrow);
  const factor = builder.emit('RSQRT', [shifted], `${name}/factor`, narrow);
  const isPlain = !layer.scale && !layer.center;
  const normalized = builder.emit('MUL', [centered, factor], isPlain ? name : `${name}/normalized`, x.shape);
  if (isPlain) return normalized;
  const numbers = (weight: 'gamma' | 'beta', isThere: boolean, absent: number): ArrayLike<number> =>
    isThere ? layer.weight(weight).value : new Float32Array(channels).fill(absent);
  return builder.affine(normalized, name, numbers('gamma', layer.scale, 1), numbers('beta', layer.center, 0));
}

function rectified(layer: ReLU, { builder, inputs }: Place): TfliteTensor {
  const { name, maxValue, negativeSlope, threshold } = layer;
  const x = inputs[0]!;
  if (threshold !== 0) {
    throw cannotExport(layer, TFLITE, 'a ReLU of threshold 0, the only kind', `a threshold of ${threshold}`);
  }
  if (negativeSlope === 0 && maxValue === 6) return builder.emit('RELU6', [x], name, x.shape);
  const inner = maxValue === null ? name : `${name}/above`;
  const above =
    negativeSlope === 0
      ? builder.emit('RELU', [x], inner, x.shape)
      : builder.emit('LEAKY_RELU', [x], inner, x.shape, { options: { alpha: negativeSlope } });
  return maxValue === null ? above : smallest(builder, above, maxValue, name);
}

function perPlace(numbers: PerChannel, { shape }: SymbolicTensor): ArrayLike<number> {
  return typeof numbers === 'number' ? new Float64Array(shape.at(-1)!).fill(numbers) : numbers;
}
