/** @file ONNX models of one operator, written by hand: also of operators and opsets that a graph does not hold. */

import { create, toBinary } from '@bufbuild/protobuf';
import { toDataType } from '../../src/core/onnx/data-type.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
} from '../../src/core/onnx/onnx_pb.ts';
import { toTensorProto } from '../../src/core/onnx/tensor-proto.ts';
import type { DType } from '../../src/core/tensor/dtype.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';

/** Whole numbers are written as ints: give a float as `{ float: 1 }`. */
export type NodeAttribute = number | string | readonly number[] | { readonly float: number };

export interface OneNode {
  readonly op: string;
  readonly opset: number;
  /** Inputs named `x0`, `x1`, ...; an absent one is undefined. Constants stand in the file. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly constants?: readonly number[];
  readonly attributes?: Readonly<Record<string, NodeAttribute>>;
  readonly outputs?: readonly DType[];
}

/** The bytes of a model with one node, outputs `y0`, `y1`, ... */
export function oneNodeModel({
  op,
  opset,
  inputs,
  constants = [],
  attributes = {},
  outputs = ['float32'],
}: OneNode) {
  const name = (index: number) => (inputs[index] === undefined ? '' : `x${index}`);
  const fed = [...inputs.keys()].filter((index) => inputs[index] !== undefined && !constants.includes(index));
  const dimOf = (size: number) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } });
  const info = (valueName: string, dtype: DType, shape?: readonly number[]) => ({
    name: valueName,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: toDataType(dtype),
          ...(shape === undefined ? {} : { shape: { dim: shape.map(dimOf) } }),
        },
      },
    },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: {
      name: op,
      input: fed.map((index) => info(name(index), inputs[index]!.dtype, inputs[index]!.shape)),
      initializer: constants.map((index) => toTensorProto(name(index), inputs[index]!)),
      node: [
        {
          name: 'node',
          opType: op,
          input: inputs.map((_, index) => name(index)),
          output: outputs.map((_, index) => `y${index}`),
          attribute: Object.entries(attributes).map(([key, value]) => ({ name: key, ...payload(value) })),
        },
      ],
      output: outputs.map((dtype, index) => info(`y${index}`, dtype)),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function payload(value: NodeAttribute) {
  if (typeof value === 'string') return { type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'object' && 'float' in value) return { type: AttributeType.FLOAT, f: value.float };
  if (typeof value === 'object') return { type: AttributeType.INTS, ints: value.map(BigInt) };
  return Number.isInteger(value)
    ? { type: AttributeType.INT, i: BigInt(value) }
    : { type: AttributeType.FLOAT, f: value };
}
