/** @file Attributes of a node in a file, as the graph has them. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { OpAttributes, OpType } from '../graph/operators.ts';
import { ATTRIBUTES, type AttributeKind, IGNORED, REQUIRED } from './attribute-table.ts';
import { fromDataType } from './data-type.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
} from './onnx_pb.ts';
import { fromTensorProto } from './tensor-proto.ts';
import { widenedType } from './widen-halves.ts';

/**
 * Decodes a node's attributes. Those that the graph lacks are dropped where nothing is lost by it.
 *
 * @param inputOf - The node's inputs as values: `auto_pad` and an absent `perm` are worked out from them.
 * @param widens - Whether floats of 16 bits are float32.
 * @throws {GraftError} `model-file`, for an attribute or a value that the graph cannot express.
 */
export function decodeAttributes<K extends OpType>(
  op: K,
  proto: NodeProto,
  where: string,
  inputOf: (index: number) => Value | undefined,
  widens = false,
): OpAttributes[K] {
  const kinds: Readonly<Record<string, AttributeKind>> = ATTRIBUTES[op];
  const result: Record<string, unknown> = {};
  const refuse = (attribute: AttributeProto, expected = 'attributes that Graft has') =>
    new GraftError('model-file', {
      where,
      expected,
      received: `${attribute.name} = ${show(attribute)}`,
      advice: 'Export the model without it.',
    });
  for (const attribute of proto.attribute) {
    const { name } = attribute;
    if (op === 'ConstantOfShape' && name === 'value' && attribute.t !== undefined) {
      const { dtype, data } = fromTensorProto(attribute.t, undefined, widens);
      result['value'] = Number(data[0] ?? 0);
      result['dtype'] = dtype;
    } else if (Object.hasOwn(kinds, name)) {
      const kind = kinds[name]!;
      const value = read(kind, attribute, widens);
      if (value === undefined) {
        throw refuse(attribute, isWords(kind) ? `${name} among ${kind.join(', ')}` : undefined);
      }
      result[name] = value;
    } else if (name === 'auto_pad' && text(attribute).startsWith('SAME')) {
      const pads = samePads(op, proto, text(attribute) === 'SAME_UPPER', inputOf);
      if (pads === undefined) throw refuse(attribute);
      result['pads'] = pads;
    } else if (name === 'kernel_shape' && (op === 'Conv' || op === 'ConvTranspose')) {
      // Known from the kernel itself.
    } else if (!isHarmless(attribute)) throw refuse(attribute);
  }
  if (op === 'Transpose' && result['perm'] === undefined) {
    result['perm'] = [...(inputOf(0)?.shape.keys() ?? [])].reverse();
  }
  const missing = ((REQUIRED[op] ?? []) as readonly string[]).find((name) => result[name] === undefined);
  if (missing !== undefined) {
    const expected = `the attribute ${missing}`;
    throw new GraftError('model-file', { where, expected, received: 'none', advice: 'The file is damaged.' });
  }
  return result as OpAttributes[K];
}

function isWords(kind: AttributeKind): kind is readonly string[] {
  return typeof kind !== 'string';
}

/** Undefined for a value that the graph cannot express. */
function read(kind: AttributeKind, attribute: AttributeProto, widens: boolean): unknown {
  if (isWords(kind)) return kind.find((word) => word === text(attribute));
  switch (kind) {
    case 'int':
      return Number(attribute.i);
    case 'float':
      return attribute.f;
    case 'ints':
      return attribute.ints.map(Number);
    case 'dtype':
      return fromDataType(widens ? widenedType(Number(attribute.i)) : Number(attribute.i));
    case 'fill':
      return undefined;
  }
}

function isHarmless(attribute: AttributeProto): boolean {
  const allowed = Object.hasOwn(IGNORED, attribute.name) ? IGNORED[attribute.name]! : [];
  if (allowed === 'any') return true;
  return allowed.includes(attribute.type === AttributeType.STRING ? text(attribute) : Number(attribute.i));
}

function text(attribute: AttributeProto): string {
  return new TextDecoder().decode(attribute.s);
}

function show(attribute: AttributeProto): string {
  if (attribute.type === AttributeType.STRING) return `"${text(attribute)}"`;
  if (attribute.type === AttributeType.INT) return `${attribute.i}`;
  if (attribute.type === AttributeType.FLOAT) return `${attribute.f}`;
  if (attribute.type === AttributeType.INTS) return `[${attribute.ints.join(', ')}]`;
  return 'a value of another kind';
}

/** Pads such that the output is the input divided by the stride, rounded up; undefined if sizes are not known. */
function samePads(
  op: OpType,
  proto: NodeProto,
  upper: boolean,
  inputOf: (index: number) => Value | undefined,
): number[] | undefined {
  if (op !== 'Conv' && op !== 'MaxPool' && op !== 'AveragePool') return undefined;
  const list = (name: string) =>
    proto.attribute.find((attribute) => attribute.name === name)?.ints.map(Number);
  const kernel = op === 'Conv' ? inputOf(1)?.shape.slice(2) : list('kernel_shape');
  const sizes = inputOf(0)?.shape.slice(2);
  const totals = kernel?.map((size, axis) => {
    const [stride, dilation] = [list('strides')?.[axis] ?? 1, list('dilations')?.[axis] ?? 1];
    const image = sizes?.[axis];
    const extent = (Number(size) - 1) * dilation + 1;
    if (stride === 1) return extent - 1;
    if (typeof image !== 'number') return Number.NaN;
    return Math.max(0, (Math.ceil(image / stride) - 1) * stride + extent - image);
  });
  if (totals === undefined || totals.some(Number.isNaN)) return undefined;
  const halves = totals.map((total) => Math.floor(total / 2));
  const others = totals.map((total) => Math.ceil(total / 2));
  return upper ? [...halves, ...others] : [...others, ...halves];
}

/** Attributes of an operator that a graph does not hold, as plain numbers, lists and words. */
export function looseAttributes(proto: NodeProto, widens: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const attribute of proto.attribute) {
    const { name, type } = attribute;
    if (name === 'to') result[name] = read('dtype', attribute, widens);
    else if (type === AttributeType.INT) result[name] = Number(attribute.i);
    else if (type === AttributeType.FLOAT) result[name] = attribute.f;
    else if (type === AttributeType.INTS) result[name] = attribute.ints.map(Number);
    else if (type === AttributeType.STRING) result[name] = text(attribute);
  }
  return result;
}
