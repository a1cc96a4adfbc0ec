/**
 * @file What the messages of a protobuf take as objects, before they are made: two bytes of a file may be a message with
 * a dozen fields.
 */

import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { FileBudget } from '../tensor/file-budget.ts';
import { ModelProtoSchema } from './onnx_pb.ts';

/** An object, and a field of it: most are lists, which are there when they are empty too. */
const OBJECT_BYTES = 64;
const FIELD_BYTES = 40;
/** An element of a list: a number of 64 bits, or a view of bytes. */
const ELEMENT_BYTES = 32;
const VIEW_BYTES = 160;

/** Protobuf's own limit: a message in a message in a message. */
const MAX_DEPTH = 100;

/**
 * Takes from the budget what the messages of an ONNX file come to. Bytes that are no protobuf are passed over: who
 * decodes them says so.
 *
 * @throws {GraftError} If that is more than the budget has; of the budget's code.
 */
export function takeMessages(bytes: Uint8Array, budget: FileBudget): void {
  const reader = new BinaryReader(bytes);
  const open: { readonly message: DescMessage; readonly end: number }[] = [
    { message: ModelProtoSchema, end: bytes.length },
  ];
  budget.take(bytesOf(ModelProtoSchema), 'its structure');
  try {
    while (open.length > 0) {
      const { message, end } = open.at(-1)!;
      if (reader.pos >= end) {
        open.pop();
        continue;
      }
      const [number, wireType] = reader.tag();
      const field = fieldOf(message, number);
      if (wireType !== WireType.LengthDelimited || field === undefined) {
        if (field?.fieldKind === 'list') budget.take(ELEMENT_BYTES, 'its structure');
        reader.skip(wireType, number);
        continue;
      }
      const length = reader.uint32();
      const inner = messageOf(field);
      if (inner === undefined) {
        budget.take(listBytes(field, length), 'its structure');
        reader.pos += length;
        continue;
      }
      budget.take(bytesOf(inner), 'its structure');
      if (open.length >= MAX_DEPTH)
        throw budget.exceeded(`messages that are nested more than ${MAX_DEPTH} deep`);
      open.push({ message: inner, end: Math.min(end, reader.pos + length) });
    }
  } catch (error) {
    if (!(error instanceof RangeError) && (error as Error).name === 'GraftError') throw error;
  }
}

const fields = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldOf(message: DescMessage, number: number): DescField | undefined {
  let known = fields.get(message);
  if (known === undefined) {
    known = new Map(message.fields.map((field) => [field.number, field]));
    fields.set(message, known);
  }
  return known.get(number);
}

function messageOf(field: DescField): DescMessage | undefined {
  return field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined;
}

function bytesOf({ fields: { length } }: DescMessage): number {
  return OBJECT_BYTES + FIELD_BYTES * length;
}

/** Numbers that are packed take one byte at least; text and bytes are one element. */
function listBytes(field: DescField, length: number): number {
  if (field.fieldKind !== 'list') return 0;
  const isPacked = field.listKind === 'scalar' && field.packed;
  return isPacked ? length * ELEMENT_BYTES : VIEW_BYTES;
}
