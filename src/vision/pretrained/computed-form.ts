/**
 * @file What layers compute, whatever a version of Keras calls them: the form in which a network of Graft is compared with
 * the configuration in a file.
 */

import type { LayerSettings } from '../../core/weights/model-config.ts';

/** One computation; what does nothing when the network predicts, such as Dropout, is none. */
export interface ComputedNode<T> {
  readonly kind: string;
  /** What matters for the result, with Keras' defaults where a file is silent. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly ComputedNode<T>[];
  /** The layer that it stands for. */
  readonly layer: T;
}

/** A layer as both sides can tell it. */
export interface LayerDescription<T> {
  readonly layer: T;
  readonly className: string;
  readonly settings: LayerSettings;
  readonly inputs: readonly T[];
  readonly constants: ReadonlyMap<string, unknown>;
}

/** The form of every layer; of one that does nothing, the form of what it is applied to. */
export function computedForms<T>(layers: Iterable<LayerDescription<T>>): ReadonlyMap<T, ComputedNode<T>> {
  const forms = new Map<T, ComputedNode<T>>();
  for (const description of layers) {
    const inputs = description.inputs.map((input) => forms.get(input)!);
    forms.set(description.layer, formOf(description, inputs));
  }
  return forms;
}

/** Whether options are equal, numbers as float32 tells them apart. */
export function equalOptions(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => equalOptions(value, b[index]));
  }
  return a === b;
}

/** Layers that pass on what they get, except in training. */
const IDLE = new Set([
  'ActivityRegularization',
  'AlphaDropout',
  'Dropout',
  'GaussianDropout',
  'GaussianNoise',
  'Identity',
  'SpatialDropout2D',
  'StochasticDepth',
]);

type Options = Record<string, unknown>;

const OPTIONS: Readonly<Record<string, (settings: LayerSettings) => Options>> = {
  Add: () => ({}),
  Multiply: () => ({}),
  Flatten: () => ({}),
  Concatenate: ({ axis }) => ({ axis: lastAxis(axis) }),
  Activation: ({ activation }) => ({ activation: activationName(activation) }),
  Softmax: ({ axis }) => ({ axis: lastAxis(axis) }),
  Dense: (settings) => ({ units: settings['units'], ...ended(settings) }),
  Conv2D: (settings) => ({
    filters: settings['filters'],
    groups: settings['groups'] ?? 1,
    ...window(settings),
    ...ended(settings),
  }),
  DepthwiseConv2D: (settings) => ({
    depth_multiplier: settings['depth_multiplier'] ?? 1,
    ...window(settings),
    ...ended(settings),
  }),
  SeparableConv2D: (settings) => ({
    filters: settings['filters'],
    depth_multiplier: settings['depth_multiplier'] ?? 1,
    ...window(settings),
    ...ended(settings),
  }),
  BatchNormalization: ({ axis, epsilon, center, scale }) => ({
    axis: lastAxis(axis),
    epsilon: epsilon ?? 1e-3,
    center: center ?? true,
    scale: scale ?? true,
  }),
  LayerNormalization: ({ axis, epsilon, center, scale, rms_scaling }) => ({
    axis: lastAxis(axis),
    epsilon: epsilon ?? 1e-3,
    center: center ?? true,
    scale: scale ?? true,
    rms_scaling: rms_scaling ?? false,
  }),
  Normalization: ({ axis, mean, variance, invert }) => ({
    axis: lastAxis(axis),
    mean: numbers(mean),
    variance: numbers(variance),
    invert: invert ?? false,
  }),
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  GlobalAveragePooling2D: ({ keepdims }) => ({ keepdims: keepdims ?? false }),
  GlobalMaxPooling2D: ({ keepdims }) => ({ keepdims: keepdims ?? false }),
  ZeroPadding2D: ({ padding }) => ({ padding: sides(padding ?? 1) }),
  Cropping2D: ({ cropping }) => ({ cropping: sides(cropping ?? 0) }),
  Reshape: ({ target_shape }) => ({ target_shape }),
  ReLU: ({ max_value, negative_slope, threshold }) => ({
    max_value: max_value ?? null,
    negative_slope: numbers(negative_slope) ?? 0,
    threshold: numbers(threshold) ?? 0,
  }),
};

/** `y = x * scale + offset`, one number or one for each channel. */
export interface AffineOptions {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

function formOf<T>(
  { layer, className, settings, constants }: LayerDescription<T>,
  inputs: readonly ComputedNode<T>[],
): ComputedNode<T> {
  const [first, second] = inputs;
  const node = (kind: string, options: Options, from = inputs): ComputedNode<T> => ({
    kind,
    options,
    inputs: from,
    layer,
  });
  if (first === undefined) return node('InputLayer', {});
  const { data_format: dataFormat } = settings;
  if (dataFormat === 'channels_first') return node(`${className}, channels first`, {});
  if (inputs.length === 1 && (IDLE.has(className) || className.startsWith('Random'))) return first;
  const affine = affineOptions(className, settings, constants);
  if (affine !== undefined && inputs.length === 1) return node('Rescaling', { ...affine });
  // InceptionResNetV2's scaled residual was a Lambda in Keras 2.
  const scale = className === 'Lambda' ? argumentOf(settings, 'scale') : settings['scale'];
  if (second !== undefined && (className === 'CustomScaleLayer' || className === 'Lambda')) {
    if (typeof scale !== 'number') return node(className, {});
    return node('Add', {}, [first, node('Rescaling', { scale, offset: 0 }, [second])]);
  }
  const merged = inputs.length > 1 ? MERGING_OPERATIONS[operationOf(className, settings)] : undefined;
  if (merged !== undefined) return merging(node, merged, first, second!);
  if (className === 'LayerScale') return node('DepthwiseConv2D', SCALED_CHANNELS);
  const read = OPTIONS[className];
  if (read === undefined) return node(className, {});
  const options = read(settings);
  if (className === 'Normalization') return node(...normalization(options));
  if (className === 'Multiply') return merging(node, 'Multiply', first, second!, inputs);
  if (className === 'ReLU') return node(...rectifier(options));
  if (className === 'Activation')
    return options['activation'] === 'linear' ? first : node(className, options);
  if (className === 'Conv2D') return node(...convolution(options));
  if (className === 'DepthwiseConv2D' && isOnePixel(options))
    return node(className, { ...options, padding: 'valid' });
  return node(className, options);
}

/** A learned factor for each channel is a depthwise convolution by one pixel: so exports write it. */
const SCALED_CHANNELS: Options = {
  depth_multiplier: 1,
  kernel_size: [1, 1],
  strides: [1, 1],
  padding: 'valid',
  dilation_rate: [1, 1],
  use_bias: false,
  activation: 'linear',
};

function isOnePixel({ kernel_size, strides }: Options): boolean {
  return equalOptions(kernel_size, [1, 1]) && equalOptions(strides, [1, 1]);
}

/** A group for each channel is another word for a depthwise convolution. */
function convolution({ filters, groups, ...options }: Options): [kind: string, options: Options] {
  if (groups === 1 || groups !== filters) return ['Conv2D', { filters, groups, ...options }];
  return ['DepthwiseConv2D', { depth_multiplier: 1, ...options }];
}

/** With numbers of its own, it is a scaling by channel: TensorFlow.js has no other word for it. */
function normalization(options: Options): [kind: string, options: Options] {
  const { axis, mean, variance, invert } = options;
  if (axis !== -1 || invert !== false || !Array.isArray(mean) || !Array.isArray(variance)) {
    return ['Normalization', options];
  }
  const scale = variance.map((value: number) => 1 / Math.max(Math.sqrt(value), MIN_DEVIATION));
  const offset = scale.map((value, channel) => -(mean[channel] as number) * value);
  return ['Rescaling', { scale, offset }];
}

/** Keras' smallest deviation in Normalization. */
const MIN_DEVIATION = 1e-7;

function rectifier(options: Options): [kind: string, options: Options] {
  const { max_value: max, negative_slope: slope, threshold } = options;
  if (slope === 0 && threshold === 0 && max === null) return ['Activation', { activation: 'relu' }];
  if (slope === 0 && threshold === 0 && max === 6) return ['Activation', { activation: 'relu6' }];
  return ['ReLU', options];
}

const MERGING_OPERATIONS: Readonly<Record<string, 'Add' | 'Multiply'>> = {
  Add: 'Add',
  '__operators__.add': 'Add',
  'math.add': 'Add',
  Multiply: 'Multiply',
  'math.multiply': 'Multiply',
};

/** Keras 2's operations are of one class, and named by their function. */
function operationOf(className: string, settings: LayerSettings): string {
  const isOperation = className === 'TFOpLambda' || className === 'SlicingOpLambda';
  return isOperation ? String(settings['function']) : className;
}

/** `x * relu6(x + 3) / 6` is an activation in Keras 3, and four layers in Keras 2. */
function merging<T>(
  node: (kind: string, options: Options, inputs?: readonly ComputedNode<T>[]) => ComputedNode<T>,
  kind: 'Add' | 'Multiply',
  first: ComputedNode<T>,
  second: ComputedNode<T>,
  inputs: readonly ComputedNode<T>[] = [first, second],
): ComputedNode<T> {
  if (kind === 'Multiply' && inputs.length === 2) {
    for (const [x, gate] of [
      [first, second],
      [second, first],
    ] as const) {
      if (hardSigmoidOf(gate) === x) return node('Activation', { activation: 'hard_silu' }, [x]);
    }
  }
  return node(kind, {}, inputs);
}

function hardSigmoidOf<T>(gate: ComputedNode<T>): ComputedNode<T> | undefined {
  const clipped = isRescaling(gate, 1 / 6, 0) ? gate.inputs[0] : undefined;
  const isClipped = clipped?.kind === 'Activation' && clipped.options['activation'] === 'relu6';
  const shifted = isClipped ? clipped.inputs[0] : undefined;
  return shifted !== undefined && isRescaling(shifted, 1, 3) ? shifted.inputs[0] : undefined;
}

function isRescaling<T>({ kind, options }: ComputedNode<T>, scale: number, offset: number): boolean {
  return (
    kind === 'Rescaling' && equalOptions(options['scale'], scale) && equalOptions(options['offset'], offset)
  );
}

function affineOptions(
  className: string,
  settings: LayerSettings,
  constants: ReadonlyMap<string, unknown>,
): AffineOptions | undefined {
  if (className === 'Rescaling') {
    const scale = numbers(settings['scale']);
    const offset = numbers(settings['offset'] ?? 0);
    return scale === null || offset === null ? undefined : { scale, offset };
  }
  const value = ['1', 'y', 'x2', 'bias', 'b']
    .map((key) => numbers(constants.get(key)))
    .find((c) => c !== null);
  if (value === undefined) return undefined;
  const each = (change: (number: number) => number): number | readonly number[] =>
    typeof value === 'number' ? change(value) : value.map(change);
  switch (operationOf(className, settings)) {
    case 'Add':
    case '__operators__.add':
    case 'math.add':
    case 'nn.bias_add':
      return { scale: 1, offset: value };
    case 'Subtract':
    case 'math.subtract':
      return { scale: 1, offset: each((number) => -number) };
    case 'Multiply':
    case 'math.multiply':
      return { scale: value, offset: 0 };
    case 'Divide':
    case 'TrueDivide':
    case 'math.truediv':
    case 'math.divide':
      return { scale: each((number) => 1 / number), offset: 0 };
    default:
      return undefined;
  }
}

function argumentOf(settings: LayerSettings, name: string): unknown {
  const given = settings['arguments'];
  return typeof given === 'object' && given !== null ? (given as Options)[name] : undefined;
}

/** A number, or the numbers in nested lists; null where there are none. */
function numbers(value: unknown): number | readonly number[] | null {
  if (typeof value === 'number') return value;
  if (!Array.isArray(value)) return null;
  const flat: readonly unknown[] = value.flat(4);
  return flat.length > 0 && flat.every((each) => typeof each === 'number') ? (flat as number[]) : null;
}

/** Images have four axes: the fourth is the last. */
function lastAxis(axis: unknown): unknown {
  const only = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  return only === undefined || only === 3 ? -1 : only;
}

function activationName(activation: unknown): unknown {
  const name =
    typeof activation === 'object' && activation !== null
      ? (activation as Options)['config']
      : (activation ?? 'linear');
  if (name === 'swish') return 'silu';
  return name === 'hard_swish' ? 'hard_silu' : name;
}

/** What layers with a kernel end with. */
function ended({ use_bias, activation }: LayerSettings): Options {
  return { use_bias: use_bias ?? true, activation: activationName(activation) };
}

function window({ kernel_size, strides, padding, dilation_rate }: LayerSettings): Options {
  return {
    kernel_size: pair(kernel_size),
    strides: pair(strides ?? 1),
    padding: padding ?? 'valid',
    dilation_rate: pair(dilation_rate ?? 1),
  };
}

function pooling({ pool_size, strides, padding }: LayerSettings): Options {
  const size = pair(pool_size ?? 2);
  return { pool_size: size, strides: pair(strides ?? size), padding: padding ?? 'valid' };
}

function pair(value: unknown): unknown {
  return typeof value === 'number' ? [value, value] : value;
}

/** `[[top, bottom], [left, right]]` */
function sides(value: unknown): unknown {
  const axes = pair(value);
  return Array.isArray(axes) ? axes.map(pair) : axes;
}
