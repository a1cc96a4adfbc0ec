/** @file Files of GGUF whose counts, lengths and shapes claim more than there is, or whose tensors overlap. */

import { joinBytes } from '../../../../src/core/tensor/join-bytes.ts';
import type { Choices } from './choices.ts';

const STRING = 8;
const ARRAY = 9;
/** Bytes of 32 numbers, by the kinds that are read. */
const KINDS = { 0: 128, 1: 64, 2: 18, 3: 20, 8: 34, 30: 64 } as const;

export function claimingGguf(choices: Choices, mostBytes: number): Uint8Array {
  const entries = Array.from({ length: choices.below(8) }, (_, i) => entry(choices, i, mostBytes / 8));
  const data = choices.bytes(choices.scale(mostBytes / 2));
  const tensors = Array.from({ length: choices.scale(mostBytes / 400) }, (_, i) =>
    tensor(choices, i, data.length),
  );
  const counts = [tensors.length, entries.length].map((count) =>
    uint64(choices.below(12) === 0 ? choices.size() : count),
  );
  const head = joinBytes([ascii('GGUF'), uint32(3), ...counts, ...entries, ...tensors]);
  return joinBytes([head, new Uint8Array((32 - (head.length % 32)) % 32), data]);
}

function entry(choices: Choices, index: number, mostBytes: number): Uint8Array {
  const key = text(choices, `key.${choices.below(40) === 0 ? 0 : index}`);
  if (choices.maybe()) return joinBytes([key, uint32(STRING), text(choices, choices.name())]);
  const of = choices.one([0, 4, 5, 6, 7, 8, 9, 12]);
  const count = choices.scale(mostBytes / 16);
  const claimed = choices.below(8) === 0 ? choices.size() : count;
  const items =
    of === STRING
      ? Array.from({ length: count }, () => text(choices, ''))
      : [choices.bytes(count * ([0, 7].includes(of) ? 1 : of === 12 ? 8 : 4))];
  return joinBytes([key, uint32(ARRAY), uint32(of), uint64(claimed), ...items]);
}

function tensor(choices: Choices, index: number, dataBytes: number): Uint8Array {
  const type = Number(choices.one(Object.keys(KINDS))) as keyof typeof KINDS;
  const start = 32 * choices.below(dataBytes / 32);
  const blocks = choices.below((dataBytes - start) / KINDS[type]);
  const shape = choices.below(9) === 0 ? choices.shape() : [32, blocks];
  return joinBytes([
    text(choices, `t${index}`),
    uint32(shape.length),
    ...shape.map(uint64),
    uint32(choices.below(30) === 0 ? 12 : type),
    uint64(choices.maybe() ? start : 0),
  ]);
}

function text(choices: Choices, content: string): Uint8Array {
  const bytes = new TextEncoder().encode(content);
  return joinBytes([uint64(choices.below(200) === 0 ? choices.size() : bytes.length), bytes]);
}

function ascii(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
