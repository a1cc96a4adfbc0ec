import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { TensorProto_DataType as DataType, TensorProtoSchema } from './onnx_pb.ts';
import { fromTensorProto } from './tensor-proto.ts';

/** 1, -2.5, the least number of float16, infinity. */
const FLOAT16 = [0x3c00, 0xc100, 0x0001, 0x7c00];
/** The upper halves of 1, -2.5, the same least number, infinity in float32. */
const BFLOAT16 = [0x3f80, 0xc020, 0x3380, 0x7f80];

it.each([
  ['FLOAT16', DataType.FLOAT16, FLOAT16],
  ['BFLOAT16', DataType.BFLOAT16, BFLOAT16],
] as const)('reads %s as float32, from raw bytes and from fields', (_, dataType, bits) => {
  const raw = new Uint8Array(Uint16Array.from(bits).buffer);
  for (const stored of [{ rawData: raw }, { int32Data: [...bits] }]) {
    const proto = create(TensorProtoSchema, { name: 'x', dims: [2n, 2n], dataType, ...stored });
    const tensor = fromTensorProto(proto, undefined, true);
    expect(tensor).toEqual({
      dtype: 'float32',
      shape: [2, 2],
      data: Float32Array.of(1, -2.5, 2 ** -24, Number.POSITIVE_INFINITY),
    });
  }
});
