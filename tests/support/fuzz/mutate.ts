/** @file Damages files as disks, networks and spiteful people do; the same seed gives the same damage. */

import { createRandom, type Random } from '../../../src/core/tensor/random.ts';

/** Lengths, offsets and counts that parsers stumble over. */
const NUMBERS = [0n, 1n, 0x7fn, 0xffn, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 0x7fff_ffff_ffff_ffffn, -1n, -8n];
const TEXTS = [
  '-1',
  '0',
  '1e308',
  '9007199254740993',
  '4294967296',
  'null',
  '[]',
  '{}',
  '""',
  'true',
  '"__proto__"',
];

/** A copy of `bytes` with one to four kinds of damage. */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = createRandom(seed);
  let result: Uint8Array = bytes.slice();
  const times = 1 + below(random, 4);
  for (let i = 0; i < times; i++) result = DAMAGES[below(random, DAMAGES.length)]!(result, random);
  return result;
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const DAMAGES: readonly Damage[] = [
  function flipBits(bytes, random) {
    const count = 1 + below(random, 8);
    for (let i = 0; i < count && bytes.length > 0; i++) bytes[place(bytes, random)]! ^= 1 << below(random, 8);
    return bytes;
  },
  function replaceBytes(bytes, random) {
    const start = place(bytes, random);
    const count = Math.min(1 + below(random, 16), bytes.length - start);
    for (let i = 0; i < count; i++) bytes[start + i] = below(random, 256);
    return bytes;
  },
  function replaceNumber(bytes, random) {
    const width = [1, 2, 4, 8][below(random, 4)]!;
    const number = BigInt.asUintN(8 * width, NUMBERS[below(random, NUMBERS.length)]!);
    const start = place(bytes, random);
    for (let i = 0; i < width && start + i < bytes.length; i++) {
      bytes[start + i] = Number((number >> BigInt(8 * i)) & 0xffn);
    }
    return bytes;
  },
  function replaceText(bytes, random) {
    // A number in a JSON text; elsewhere, digits are rare.
    const start = place(bytes, random);
    const from = bytes.findIndex((byte, at) => at >= start && isDigit(byte));
    if (from < 0) return bytes;
    let to = from;
    while (to < bytes.length && isDigit(bytes[to]!)) to++;
    const text = new TextEncoder().encode(TEXTS[below(random, TEXTS.length)]!);
    return joined(bytes.subarray(0, from), text, bytes.subarray(to));
  },
  function truncate(bytes, random) {
    return bytes.slice(0, place(bytes, random));
  },
  function remove(bytes, random) {
    const [start, end] = part(bytes, random);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  function repeat(bytes, random) {
    const [start, end] = part(bytes, random);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  function move(bytes, random) {
    const [start, end] = part(bytes, random);
    const to = place(bytes, random);
    bytes.copyWithin(to, start, end);
    return bytes;
  },
];

function below(random: Random, limit: number): number {
  return Math.floor(random.uniform() * limit);
}

/** Beginnings hold the structure: every other place is in the first kilobyte. */
function place(bytes: Uint8Array, random: Random): number {
  return below(random, random.uniform() < 0.5 ? Math.min(1024, bytes.length) : bytes.length);
}

function part(bytes: Uint8Array, random: Random): readonly [start: number, end: number] {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + below(random, 256))];
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
