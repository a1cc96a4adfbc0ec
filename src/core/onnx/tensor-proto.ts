/** @file Tensors to and from ONNX' TensorProto. Written as raw bytes; read from raw bytes or typed fields. */

import { create } from '@bufbuild/protobuf';
import { GraftError } from '../errors/graft-error.ts';
import { type DType, type TypedArray, typedArrayFor } from '../tensor/dtype.ts';
import type { StoredPlace } from '../tensor/stored-tensor.ts';
import { computeSize, type Tensor, tensor } from '../tensor/tensor.ts';
import { dataTypeName, fromDataType, toDataType } from './data-type.ts';
import { type TensorProto, TensorProto_DataLocation, TensorProtoSchema } from './onnx_pb.ts';
import { widenedType, widenHalves } from './widen-halves.ts';

/** A tensor as ONNX stores it. The bytes are not copied. */
export function toTensorProto(name: string, tensor: Tensor): TensorProto {
  return create(TensorProtoSchema, { ...tensorAbout(name, tensor), rawData: rawBytes(tensor) });
}

/** A tensor without its numbers. */
export function toTensorHead(name: string, tensor: Tensor): TensorProto {
  return create(TensorProtoSchema, tensorAbout(name, tensor));
}

/** A tensor that names the file of its numbers. */
export function toExternalTensor(
  name: string,
  tensor: Tensor,
  { file, offset }: Pick<StoredPlace, 'file' | 'offset'>,
): TensorProto {
  const length = computeSize(tensor.shape) * Float32Array.BYTES_PER_ELEMENT;
  return create(TensorProtoSchema, {
    ...tensorAbout(name, tensor),
    externalData: Object.entries({ location: file, offset, length }).map(([key, value]) => ({
      key,
      value: String(value),
    })),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
  });
}

/** The numbers, not copied. ONNX' raw data is little-endian, as is every machine that ONNX Runtime supports. */
export function rawBytes({ data }: Tensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
}

function tensorAbout(name: string, { dtype, shape }: Tensor) {
  return { name, dims: shape.map(BigInt), dataType: toDataType(dtype) };
}

/** Where a file keeps the bytes of a tensor outside of itself. */
export interface ExternalPlace {
  /** A path relative to the model file. */
  readonly location: string;
  readonly offset: number;
  /** Default: to the end. */
  readonly length?: number | undefined;
}

/** Gives bytes that a model keeps outside of its file. */
export type ExternalData = (place: ExternalPlace) => Uint8Array;

/**
 * The tensor in a TensorProto; its data are a copy.
 *
 * @param widens - Whether floats of 16 bits become float32.
 * @throws {GraftError} `model-file`, for an element type that Graft lacks, external data, or a wrong length.
 */
export function fromTensorProto(proto: TensorProto, externalData?: ExternalData, widens = false): Tensor {
  const fail = (expected: string, received: string, advice: string) =>
    new GraftError('model-file', { where: `initializer "${proto.name}"`, expected, received, advice });
  const external = proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
  if (external && externalData === undefined) {
    throw fail('numbers inside the model file', 'external data', 'Save the model as a single file.');
  }
  const { dataType } = proto;
  const dtype = fromDataType(widens ? widenedType(dataType) : dataType);
  if (dtype === undefined) {
    const expected = 'an element type among float, double, float16, uint8, int8, int32, int64, bool';
    throw fail(expected, dataTypeName(dataType), 'Convert the model to one of these.');
  }
  const shape = proto.dims.map(Number);
  const count = computeSize(shape);
  const raw = external && externalData ? externalData(placeOf(proto)) : proto.rawData;
  const stored = widens && widenedType(dataType) !== dataType ? 'float16' : dtype;
  const elements = raw.length > 0 ? fromRaw(stored, raw) : fromFields(stored, proto);
  const data = stored === dtype ? elements : elements && widenHalves(elements as Uint16Array, dataType);
  if (data?.length !== count || shape.some((size) => size < 0)) {
    const received = data === undefined ? `${raw.length} bytes` : `${data.length}`;
    throw fail(`${count} numbers for shape [${shape.join(', ')}]`, received, 'The file is damaged.');
  }
  return tensor(dtype, shape, data);
}

function placeOf({ externalData }: TensorProto): ExternalPlace {
  const entry = (key: string): string | undefined => externalData.find((each) => each.key === key)?.value;
  const length = entry('length');
  return {
    location: entry('location') ?? '',
    offset: Number(entry('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
}

function fromRaw(dtype: DType, bytes: Uint8Array): TypedArray | undefined {
  const arrayClass = typedArrayFor(dtype);
  if (bytes.length % arrayClass.BYTES_PER_ELEMENT !== 0) return undefined;
  // Copied: inside the file, numbers need not be aligned.
  // A Buffer's own slice would be a view into a larger, unaligned memory.
  return new arrayClass(new Uint8Array(bytes).buffer);
}

/** ONNX keeps small integers, bool and the bits of float16 all in int32_data. */
function fromFields(dtype: DType, proto: TensorProto): TypedArray {
  if (dtype === 'float32') return Float32Array.from(proto.floatData);
  if (dtype === 'float64') return Float64Array.from(proto.doubleData);
  if (dtype === 'int64') return BigInt64Array.from(proto.int64Data);
  const array = new (typedArrayFor(dtype))(proto.int32Data.length);
  (array as Int32Array).set(proto.int32Data);
  return array;
}
