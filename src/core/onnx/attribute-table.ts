/** @file How every operator's attributes are written in ONNX. */

import type { OpAttributes, OpType } from '../graph/operators.ts';

/** `dtype`: an element type's number. `fill`: ConstantOfShape's one-element tensor. A list: one of these words. */
export type AttributeKind = 'int' | 'float' | 'ints' | 'floats' | 'dtype' | 'fill' | readonly string[];

type KindOf<T> = [T] extends [string]
  ? 'dtype' | 'fill' | readonly T[]
  : 'int' | 'float' | 'ints' | 'floats' | 'fill';

type Table = {
  readonly [K in OpType]: {
    readonly [A in keyof OpAttributes[K]]-?: KindOf<NonNullable<OpAttributes[K][A]>>;
  };
};

const WINDOW = { strides: 'ints', dilations: 'ints', pads: 'ints' } as const;
const POOL = { ...WINDOW, kernel_shape: 'ints', ceil_mode: 'int' } as const;

export const ATTRIBUTES: Table = {
  Add: {},
  Sub: {},
  Mul: {},
  Div: {},
  Pow: {},
  Max: {},
  Min: {},
  Neg: {},
  Abs: {},
  Sign: {},
  Sqrt: {},
  Reciprocal: {},
  Exp: {},
  Log: {},
  Erf: {},
  Sin: {},
  Cos: {},
  Relu: {},
  LeakyRelu: { alpha: 'float' },
  Elu: { alpha: 'float' },
  Sigmoid: {},
  HardSigmoid: { alpha: 'float', beta: 'float' },
  Tanh: {},
  Softplus: {},
  Clip: {},
  Identity: {},
  Cast: { to: 'dtype' },
  Equal: {},
  Greater: {},
  GreaterOrEqual: {},
  Less: {},
  LessOrEqual: {},
  Not: {},
  And: {},
  Where: {},
  Softmax: { axis: 'int' },
  LogSoftmax: { axis: 'int' },
  ReduceSum: { keepdims: 'int' },
  ReduceMean: { keepdims: 'int' },
  ReduceMax: { keepdims: 'int' },
  ArgMax: { axis: 'int', keepdims: 'int' },
  TopK: { axis: 'int', largest: 'int', sorted: 'int' },
  MatMul: {},
  Gemm: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  Conv: { ...WINDOW, group: 'int' },
  ConvTranspose: { ...WINDOW, group: 'int', output_padding: 'ints', output_shape: 'ints' },
  MaxPool: POOL,
  AveragePool: { ...POOL, count_include_pad: 'int' },
  GlobalAveragePool: {},
  GlobalMaxPool: {},
  BatchNormalization: { epsilon: 'float' },
  Resize: {
    mode: ['nearest', 'linear'],
    coordinate_transformation_mode: ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners'],
    nearest_mode: ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'],
  },
  QuantizeLinear: { axis: 'int' },
  DequantizeLinear: { axis: 'int' },
  Reshape: { allowzero: 'int' },
  Flatten: { axis: 'int' },
  Transpose: { perm: 'ints' },
  Squeeze: {},
  Unsqueeze: {},
  Expand: {},
  Shape: { start: 'int', end: 'int' },
  // One attribute in ONNX: a tensor that holds both.
  ConstantOfShape: { value: 'fill', dtype: 'fill' },
  Range: {},
  Concat: { axis: 'int' },
  Slice: {},
  Pad: { mode: ['constant', 'reflect', 'edge'] },
  Gather: { axis: 'int' },
  GatherElements: { axis: 'int' },
  ScatterElements: { axis: 'int', reduction: ['none', 'add'] },
  OneHot: { axis: 'int' },
  TfIdfVectorizer: {
    mode: ['TF', 'IDF', 'TFIDF'],
    min_gram_length: 'int',
    max_gram_length: 'int',
    max_skip_count: 'int',
    ngram_counts: 'ints',
    ngram_indexes: 'ints',
    pool_int64s: 'ints',
    weights: 'floats',
  },
};

/** Attributes that must be there. */
export const REQUIRED: { readonly [K in OpType]?: readonly (keyof OpAttributes[K])[] } = {
  Cast: ['to'],
  Concat: ['axis'],
  MaxPool: ['kernel_shape'],
  AveragePool: ['kernel_shape'],
  TfIdfVectorizer: [
    'mode',
    'min_gram_length',
    'max_gram_length',
    'max_skip_count',
    'ngram_counts',
    'ngram_indexes',
    'pool_int64s',
  ],
};

/** Attributes that ONNX has and the graph leaves out, with the values under which nothing is lost. */
export const IGNORED: Readonly<Record<string, readonly (number | string)[] | 'any'>> = {
  auto_pad: ['NOTSET', 'VALID'],
  storage_order: [0],
  momentum: 'any',
  training_mode: [0],
  noop_with_empty_axes: [0],
  select_last_index: [0],
  saturate: 'any',
  block_size: [0],
  output_dtype: [0],
  antialias: [0],
  cubic_coeff_a: 'any',
  exclude_outside: [0],
  extrapolation_value: 'any',
  keep_aspect_ratio_policy: ['stretch'],
};
