/** @file Element types, by ONNX' names, and the typed array that holds each. */

/** Arrays by element type. float16 is kept as its bits; bool as 0 and 1. */
export interface TypedArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  uint8: Uint8Array;
  int8: Int8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

export type DType = keyof TypedArrays;
export type TypedArray = TypedArrays[DType];

type TypedArrayConstructor<D extends DType> = {
  new (length: number): TypedArrays[D];
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArrays[D];
  readonly BYTES_PER_ELEMENT: number;
};

const CONSTRUCTORS: { readonly [D in DType]: TypedArrayConstructor<D> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** The typed array class for a dtype. */
export function typedArrayFor<D extends DType>(dtype: D): TypedArrayConstructor<D> {
  return CONSTRUCTORS[dtype];
}
