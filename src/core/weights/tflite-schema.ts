/**
 * @file What Graft reads and writes of TensorFlow Lite's schema: its operators, and its tables' fields by their places.
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */

/** The four letters at byte 4. */
export const TFLITE_MARK = 'TFL3';

export const MODEL = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  metadata: 6,
} as const;
export const OPERATOR_CODE = { deprecatedBuiltinCode: 0, version: 2, builtinCode: 3 } as const;
export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const TENSOR = {
  shape: 0,
  type: 1,
  buffer: 2,
  name: 3,
  quantization: 4,
  sparsity: 6,
  shapeSignature: 7,
} as const;
export const QUANTIZATION = { scale: 2, zeroPoint: 3, axis: 6 } as const;
export const BUFFER = { data: 0 } as const;
export const OPERATOR = { opcode: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 } as const;
export const METADATA = { name: 0, buffer: 1 } as const;

/** What a tensor holds. */
export const TENSOR_TYPES = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int16: 7,
  int8: 9,
} as const;

export const PADDING = { same: 0, valid: 1 } as const;

/** What an operator may apply to its result. */
export const FUSED_ACTIVATION = { none: 0, relu: 1, relu6: 3 } as const;

/** An option of an operator: its place in the table, and how it stands there. */
export interface OptionField {
  readonly slot: number;
  readonly type: 'int8' | 'int32' | 'float32' | 'bool';
  /** What a reader takes where it is absent. */
  readonly absent: number;
}

export interface OperatorRow {
  /** In the enumeration of builtin operators. */
  readonly code: number;
  /** The first version of the operator that takes integers of 8 bits; none where it takes none. */
  readonly int8Version?: number;
  /** The table of its options, in the union of all of them. */
  readonly options?: { readonly type: number; readonly fields: Readonly<Record<string, OptionField>> };
}

const int8 = (slot: number): OptionField => ({ slot, type: 'int8', absent: 0 });
const int32 = (slot: number, absent = 0): OptionField => ({ slot, type: 'int32', absent });
const bool = (slot: number): OptionField => ({ slot, type: 'bool', absent: 0 });
const float32 = (slot: number): OptionField => ({ slot, type: 'float32', absent: 0 });

/** Of the convolutions and pools: how the window moves. */
export const WINDOW: Readonly<Record<'padding' | 'strideW' | 'strideH', OptionField>> = {
  padding: int8(0),
  strideW: int32(1),
  strideH: int32(2),
};

const POOL = {
  type: 5,
  fields: { ...WINDOW, filterWidth: int32(3), filterHeight: int32(4), activation: int8(5) },
};
const REDUCER = { type: 27, fields: { keepDims: bool(0) } };

/** A name of a builtin operator. */
export type OperatorName =
  | 'ADD'
  | 'AVERAGE_POOL_2D'
  | 'CONCATENATION'
  | 'CONV_2D'
  | 'DEPTHWISE_CONV_2D'
  | 'DEQUANTIZE'
  | 'FULLY_CONNECTED'
  | 'LOGISTIC'
  | 'MAX_POOL_2D'
  | 'MUL'
  | 'RELU'
  | 'RELU6'
  | 'RESHAPE'
  | 'SOFTMAX'
  | 'TANH'
  | 'PAD'
  | 'MEAN'
  | 'SUB'
  | 'DIV'
  | 'STRIDED_SLICE'
  | 'EXP'
  | 'LOG_SOFTMAX'
  | 'MINIMUM'
  | 'NEG'
  | 'LOG'
  | 'RSQRT'
  | 'REDUCE_MAX'
  | 'LEAKY_RELU'
  | 'ABS'
  | 'ELU'
  | 'QUANTIZE'
  | 'HARD_SWISH'
  | 'GELU';

/** The builtin operators that Graft writes, and those that messages and maps of weights speak of. */
export const OPERATORS: Readonly<Record<OperatorName, OperatorRow>> = {
  ADD: { code: 0, int8Version: 2, options: { type: 11, fields: { activation: int8(0) } } },
  AVERAGE_POOL_2D: { code: 1, int8Version: 2, options: POOL },
  CONCATENATION: { code: 2, int8Version: 2, options: { type: 10, fields: { axis: int32(0) } } },
  CONV_2D: {
    code: 3,
    int8Version: 3,
    options: {
      type: 1,
      fields: { ...WINDOW, activation: int8(3), dilationW: int32(4, 1), dilationH: int32(5, 1) },
    },
  },
  DEPTHWISE_CONV_2D: {
    code: 4,
    int8Version: 3,
    options: {
      type: 2,
      fields: {
        ...WINDOW,
        depthMultiplier: int32(3),
        activation: int8(4),
        dilationW: int32(5, 1),
        dilationH: int32(6, 1),
      },
    },
  },
  DEQUANTIZE: { code: 6, int8Version: 2, options: { type: 38, fields: {} } },
  FULLY_CONNECTED: {
    code: 9,
    int8Version: 5,
    options: { type: 8, fields: { activation: int8(0), keepNumDims: bool(2) } },
  },
  LOGISTIC: { code: 14, int8Version: 2 },
  MAX_POOL_2D: { code: 17, int8Version: 2, options: POOL },
  MUL: { code: 18, int8Version: 2, options: { type: 21, fields: { activation: int8(0) } } },
  RELU: { code: 19, int8Version: 2 },
  RELU6: { code: 21, int8Version: 2 },
  RESHAPE: { code: 22, int8Version: 1, options: { type: 17, fields: {} } },
  SOFTMAX: { code: 25, int8Version: 2, options: { type: 9, fields: { beta: float32(0) } } },
  TANH: { code: 28, int8Version: 2 },
  PAD: { code: 34, int8Version: 2, options: { type: 22, fields: {} } },
  MEAN: { code: 40, int8Version: 2, options: REDUCER },
  SUB: { code: 41, options: { type: 28, fields: { activation: int8(0) } } },
  DIV: { code: 42, options: { type: 29, fields: { activation: int8(0) } } },
  STRIDED_SLICE: {
    code: 45,
    int8Version: 2,
    options: { type: 32, fields: { beginMask: int32(0), endMask: int32(1) } },
  },
  EXP: { code: 47, options: { type: 33, fields: {} } },
  LOG_SOFTMAX: { code: 50, options: { type: 36, fields: {} } },
  MINIMUM: { code: 57, options: { type: 39, fields: {} } },
  NEG: { code: 59, options: { type: 42, fields: {} } },
  LOG: { code: 73 },
  RSQRT: { code: 76 },
  REDUCE_MAX: { code: 82, int8Version: 2, options: REDUCER },
  LEAKY_RELU: { code: 98, int8Version: 2, options: { type: 75, fields: { alpha: float32(0) } } },
  ABS: { code: 101, options: { type: 78, fields: {} } },
  ELU: { code: 111 },
  QUANTIZE: { code: 114, int8Version: 1, options: { type: 89, fields: {} } },
  HARD_SWISH: { code: 117, int8Version: 1, options: { type: 91, fields: {} } },
  GELU: { code: 150, options: { type: 116, fields: { approximate: bool(0) } } },
};

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OPERATORS).map(([name, { code }]) => [code, name]),
);

/** An operator's name; `BUILTIN_n` for those that are not in the table. */
export function operatorName(code: number): string {
  return NAMES.get(code) ?? `BUILTIN_${code}`;
}
