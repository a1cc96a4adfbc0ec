/** @file Nodes of older opsets, as newer ones have them. */

import { integers, scalar, type Tensor } from '../tensor/tensor.ts';
import { trimmed } from './node-names.ts';
import type { AttributeProto, NodeProto } from './onnx_pb.ts';

/** Inputs that were attributes in older opsets, in the order of the inputs from the second on. */
const ONCE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Clip: ['min', 'max'],
  Pad: ['pads', 'value'],
  ReduceL2: ['axes'],
  ReduceMax: ['axes'],
  ReduceMean: ['axes'],
  ReduceMin: ['axes'],
  ReduceSum: ['axes'],
  ReduceSumSquare: ['axes'],
  Slice: ['starts', 'ends', 'axes'],
  Squeeze: ['axes'],
  Unsqueeze: ['axes'],
};

/** Where constants go that a node brings. */
export interface ConstantPlace {
  /** A name that no value has. */
  free(base: string): string;
  constant(name: string, tensor: Tensor): void;
}

/** Until then, Softmax took everything from its axis on as one. */
export const SOFTMAX_ALONG_ONE_AXIS = 13;

/** The node as a newer opset has it: what became inputs, as constants. */
export function attributesAsInputs(place: ConstantPlace, proto: NodeProto, name: string): NodeProto {
  const moving = Object.hasOwn(ONCE_ATTRIBUTES, proto.opType) ? ONCE_ATTRIBUTES[proto.opType]! : [];
  const found = moving.map((attribute) => proto.attribute.find((each) => each.name === attribute));
  if (found.every((attribute) => attribute === undefined) || proto.input.length !== 1) return proto;
  const inputs = found.map((attribute, index) => {
    if (attribute === undefined) return '';
    const input = place.free(`${name}/${moving[index]}`);
    place.constant(input, tensorOf(attribute));
    return input;
  });
  return {
    ...proto,
    input: trimmed([proto.input[0]!, ...inputs]),
    attribute: proto.attribute.filter((each) => !found.includes(each)),
  };
}

/** Numbers in an attribute as the tensor that a newer opset has in its place. */
function tensorOf(attribute: AttributeProto): Tensor {
  return attribute.name === 'min' || attribute.name === 'max' || attribute.name === 'value'
    ? scalar(attribute.f)
    : integers(attribute.ints.map(Number));
}
