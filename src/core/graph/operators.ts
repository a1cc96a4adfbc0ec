/**
 * @file The operators that a graph may hold, with their attributes: ONNX opset 18, by ONNX' names.
 * Optional attributes default as in the ONNX specification.
 * @see https://onnx.ai/onnx/operators/
 */

import type { DType } from '../tensor/dtype.ts';

/** ONNX opset that the graph's operators are written in. */
export const OPSET = 18;

type None = Record<never, never>;

/** Spatial windows. `pads` is `[before..., after...]`, one number an axis each. */
export interface WindowAttributes {
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
}

export interface ConvAttributes extends WindowAttributes {
  readonly group?: number;
}

export interface PoolAttributes extends WindowAttributes {
  readonly kernel_shape: readonly number[];
  readonly ceil_mode?: 0 | 1;
}

interface QuantizationAttributes {
  readonly axis?: number;
}

export interface ResizeAttributes {
  /** Default `nearest`. */
  readonly mode?: 'nearest' | 'linear';
  /** Where an output position lies in the input. Default `half_pixel`. */
  readonly coordinate_transformation_mode?:
    | 'half_pixel'
    | 'pytorch_half_pixel'
    | 'asymmetric'
    | 'align_corners';
  /** Default `round_prefer_floor`. */
  readonly nearest_mode?: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
}

export interface TfIdfAttributes {
  readonly mode: 'TF' | 'IDF' | 'TFIDF';
  /** Least and greatest n. */
  readonly min_gram_length: number;
  readonly max_gram_length: number;
  /** How many ids may stand between two of an n-gram. */
  readonly max_skip_count: number;
  /** Where the n-grams of each n begin in the pool, from 1 on. */
  readonly ngram_counts: readonly number[];
  /** The column of each n-gram. */
  readonly ngram_indexes: readonly number[];
  /** The ids of all n-grams, one after another. */
  readonly pool_int64s: readonly number[];
  /** One number for each n-gram. Default 1. */
  readonly weights?: readonly number[];
}

interface ReduceAttributes {
  readonly keepdims?: 0 | 1;
}

/** Attributes of every operator; the keys are all operators there are. */
export interface OpAttributes {
  // arithmetic, with NumPy's broadcasting
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Pow: None;
  Max: None;
  Min: None;
  // one input, element by element
  Neg: None;
  Abs: None;
  Sign: None;
  Sqrt: None;
  Reciprocal: None;
  Exp: None;
  Log: None;
  Erf: None;
  Sin: None;
  Cos: None;
  Relu: None;
  LeakyRelu: { readonly alpha?: number };
  Elu: { readonly alpha?: number };
  Sigmoid: None;
  HardSigmoid: { readonly alpha?: number; readonly beta?: number };
  Tanh: None;
  Softplus: None;
  /** Inputs: x, min?, max? (scalars). */
  Clip: None;
  Identity: None;
  Cast: { readonly to: DType };
  // comparison and choice
  Equal: None;
  Greater: None;
  GreaterOrEqual: None;
  Less: None;
  LessOrEqual: None;
  Not: None;
  And: None;
  /** Inputs: condition, x, y. */
  Where: None;
  // along an axis
  Softmax: { readonly axis?: number };
  LogSoftmax: { readonly axis?: number };
  /** Inputs: x, axes? (int64 constant); without axes, over all. */
  ReduceSum: ReduceAttributes;
  ReduceMean: ReduceAttributes;
  ReduceMax: ReduceAttributes;
  ArgMax: { readonly axis?: number; readonly keepdims?: 0 | 1 };
  /** Inputs: x, k (int64, one number). Outputs: values, indices? (int64), along `axis`. */
  TopK: { readonly axis?: number; readonly largest?: 0 | 1; readonly sorted?: 0 | 1 };
  // matrices
  MatMul: None;
  /** Inputs: a, b, c?. `alpha * a' b' + beta * c`. */
  Gemm: {
    readonly alpha?: number;
    readonly beta?: number;
    readonly transA?: 0 | 1;
    readonly transB?: 0 | 1;
  };
  // windows; layout NCHW, kernels [out, in / group, h, w]
  /** Inputs: x, w, bias?. */
  Conv: ConvAttributes;
  /** Inputs: x, w [in, out / group, h, w], bias?. */
  ConvTranspose: ConvAttributes & {
    readonly output_padding?: readonly number[];
    readonly output_shape?: readonly number[];
  };
  /** Outputs: y, indices? (int64, into the flattened input). */
  MaxPool: PoolAttributes;
  AveragePool: PoolAttributes & { readonly count_include_pad?: 0 | 1 };
  GlobalAveragePool: None;
  GlobalMaxPool: None;
  /** Inputs: x, scale, bias, mean, variance; statistics frozen. */
  BatchNormalization: { readonly epsilon?: number };
  /** Inputs: x, none, scales? (float32 constant), sizes? (int64 constant): one of the two, a number for each axis. */
  Resize: ResizeAttributes;
  // between numbers and the integers that stand for them: `x = (q - zero point) * scale`
  /** Inputs: x, scale, zero point?. Scale and zero point are scalars, or one number for each index of `axis`. */
  QuantizeLinear: QuantizationAttributes;
  /** Inputs: q, scale, zero point?. */
  DequantizeLinear: QuantizationAttributes;
  // shape
  /** Inputs: x, shape (int64). */
  Reshape: { readonly allowzero?: 0 | 1 };
  Flatten: { readonly axis?: number };
  Transpose: { readonly perm: readonly number[] };
  /** Inputs: x, axes. */
  Squeeze: None;
  /** Inputs: x, axes. */
  Unsqueeze: None;
  /** Inputs: x, shape. */
  Expand: None;
  Shape: { readonly start?: number; readonly end?: number };
  ConstantOfShape: { readonly value?: number; readonly dtype?: DType };
  /** Inputs: start, limit, delta (scalars). */
  Range: None;
  Concat: { readonly axis: number };
  /** Inputs: x, starts, ends, axes?, steps?. */
  Slice: None;
  /** Inputs: x, pads, value?. */
  Pad: { readonly mode?: 'constant' | 'reflect' | 'edge' };
  /** Inputs: x, indices. */
  Gather: { readonly axis?: number };
  /** Inputs: x, indices: as many axes as x, each index along `axis` at its own place on the others. */
  GatherElements: { readonly axis?: number };
  /** Inputs: x, indices, updates. */
  ScatterElements: { readonly axis?: number; readonly reduction?: 'none' | 'add' };
  /** Inputs: indices, depth (scalar), values [off, on]. */
  OneHot: { readonly axis?: number };
  /** Input: ids `[N, S]`. Counts n-grams of them, each weighted by its own number. */
  TfIdfVectorizer: TfIdfAttributes;
}

export type OpType = keyof OpAttributes;
