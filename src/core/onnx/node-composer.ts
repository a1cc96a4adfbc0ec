/** @file What a decomposition is given of its node, in the graph that is being decoded. */

import type { Node, Value } from '../graph/graph.ts';
import type { OpAttributes, OpType } from '../graph/operators.ts';
import { integers, scalar, type Tensor } from '../tensor/tensor.ts';
import type { Composer } from './composer.ts';
import { modelError } from './model-error.ts';
import { trimmed } from './node-names.ts';
import type { ConstantPlace } from './older-opsets.ts';
import type { AttributeProto, NodeProto } from './onnx_pb.ts';

/** The graph that is being decoded. */
export interface NodePlace extends ConstantPlace {
  /** @throws {GraftError} `model-file`, if there is none of that name. */
  value(name: string, where: string): Value;
  /** The numbers of a value, as far as they follow from constants. */
  known(value: Value): Tensor | undefined;
  add(
    op: Node['op'],
    name: string,
    where: string,
    parts: Pick<Node, 'inputs' | 'outputs' | 'attributes'>,
  ): void;
}

/** Sizes of parts, copies along axes: a longer list is none of those. */
const LONGEST_LIST = 4096;

export function createComposer(place: NodePlace, proto: NodeProto, name: string, where: string): Composer {
  const inputs = trimmed(proto.input);
  const attribute = (wanted: string): AttributeProto | undefined =>
    proto.attribute.find((each) => each.name === wanted);
  const optional = (index: number): string | undefined => inputs[index] || undefined;
  const constant = (tensor: Tensor, what: string): string => {
    const free = place.free(`${name}/${what}`);
    place.constant(free, tensor);
    return free;
  };
  return {
    outputs: proto.output,
    inputCount: inputs.length,
    optional,
    required: (index, what) => {
      const input = optional(index);
      if (input !== undefined) return place.value(input, where).name;
      throw modelError(where, `an input "${what}"`, 'none', 'The file is damaged.');
    },
    value: (input) => place.value(input, where),
    known: (input) => {
      const numbers = place.known(place.value(input, where))?.data;
      return numbers === undefined || numbers.length > LONGEST_LIST
        ? place.value(input, where).sizes
        : Array.from<number | bigint, number>(numbers as ArrayLike<number | bigint>, Number);
    },
    int: (wanted, fallback) => Number(attribute(wanted)?.i ?? fallback),
    float: (wanted, fallback) => attribute(wanted)?.f ?? fallback,
    text: (wanted, fallback) => {
      const bytes = attribute(wanted)?.s;
      return bytes === undefined ? fallback : new TextDecoder().decode(bytes);
    },
    ints: (wanted) => attribute(wanted)?.ints.map(Number),
    op: <K extends OpType>(
      op: K,
      from: readonly string[],
      attributes?: OpAttributes[K],
      output?: string,
    ): string => {
      const made = output ?? place.free(`${name}/${op}`);
      place.add(op, made, where, { inputs: from, outputs: [made], attributes: attributes ?? {} });
      return made;
    },
    scalar: (value) => constant(scalar(value), 'scalar'),
    integers: (values) => constant(integers(values), 'integers'),
    refuse: (expected, received) =>
      modelError(where, expected, received, 'Export the model without it, or cut it before this node.'),
  };
}
