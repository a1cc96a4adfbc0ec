/** @file The numbers of a `Constant` node. */

import { floats, scalar, type Tensor } from '../tensor/tensor.ts';
import { modelError } from './model-error.ts';
import type { NodeProto } from './onnx_pb.ts';
import { type ExternalData, fromTensorProto } from './tensor-proto.ts';

export interface ConstantOptions {
  readonly externalData?: ExternalData | undefined;
  /** Floats of 16 bits become float32. */
  readonly widensHalves?: boolean | undefined;
}

/** @throws {GraftError} `model-file`, if it holds none. */
export function decodeConstant(
  proto: NodeProto,
  where: string,
  { externalData, widensHalves }: ConstantOptions,
): Tensor {
  const attribute = proto.attribute[0];
  switch (attribute?.name) {
    case 'value':
      if (attribute.t !== undefined) return fromTensorProto(attribute.t, externalData, widensHalves);
      break;
    case 'value_float':
      return scalar(attribute.f);
    case 'value_floats':
      return floats([attribute.floats.length], attribute.floats);
    case 'value_int':
      return { dtype: 'int64', shape: [], data: BigInt64Array.of(attribute.i) };
    case 'value_ints':
      return { dtype: 'int64', shape: [attribute.ints.length], data: BigInt64Array.from(attribute.ints) };
  }
  const received = attribute === undefined ? 'none' : `"${attribute.name}"`;
  throw modelError(where, 'a constant of numbers', received, 'Export the model without it.');
}
