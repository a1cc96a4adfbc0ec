/** @file How the numbers of GGUF's tensors are stored, and how each kind becomes float32. */

import { float16Table } from '../../core/tensor/float16.ts';
import { decodeBfloat16, decodeFloat16, decodeFloat32 } from '../../core/weights/dequantize.ts';

/** One kind of storage: `block` numbers take `bytes`. */
export interface GgufKind {
  readonly name: string;
  readonly block: number;
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

/** Numbers in a quantized block. */
const BLOCK = 32;

/** Those that are read, by the number that a file has. */
const KINDS: Readonly<Record<number, GgufKind>> = {
  0: { name: 'F32', block: 1, bytes: 4, decode: decodeFloat32 },
  1: { name: 'F16', block: 1, bytes: 2, decode: decodeFloat16 },
  2: { name: 'Q4_0', block: BLOCK, bytes: 18, decode: decodeQ4 },
  3: { name: 'Q4_1', block: BLOCK, bytes: 20, decode: decodeQ4WithMinimum },
  8: { name: 'Q8_0', block: BLOCK, bytes: 34, decode: decodeQ8 },
  30: { name: 'BF16', block: 1, bytes: 2, decode: decodeBfloat16 },
};

/** Those that are only named. */
const OTHER_KINDS: Readonly<Record<number, string>> = {
  6: 'Q5_0',
  7: 'Q5_1',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

/** `F32, F16, ...`: the kinds that are read. */
export const GGUF_KIND_NAMES: string = Object.values(KINDS)
  .map(({ name }) => name)
  .join(', ');

/** The kind of that number, or undefined if it is not read. */
export function ggufKind(type: number): GgufKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}

/** What llama.cpp calls a kind that is not read. */
export function nameOfKind(type: number): string {
  return Object.hasOwn(OTHER_KINDS, type) ? OTHER_KINDS[type]! : `kind ${type}`;
}

/** `(q - 8) d`: the low halves of the bytes are the first numbers of a block. */
function decodeQ4(bytes: Uint8Array): Float32Array {
  return decodeNibbles(bytes, 2, (view, place) => {
    const scale = float16At(view, place);
    return [scale, -8 * scale];
  });
}

/** `q d + m`. */
function decodeQ4WithMinimum(bytes: Uint8Array): Float32Array {
  return decodeNibbles(bytes, 4, (view, place) => [float16At(view, place), float16At(view, place + 2)]);
}

function decodeNibbles(
  bytes: Uint8Array,
  headBytes: number,
  readHead: (view: DataView, place: number) => readonly [scale: number, minimum: number],
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blockBytes = headBytes + BLOCK / 2;
  const count = Math.floor(bytes.length / blockBytes);
  const numbers = new Float32Array(count * BLOCK);
  for (let block = 0; block < count; block++) {
    const place = block * blockBytes;
    const [scale, minimum] = readHead(view, place);
    const first = block * BLOCK;
    for (let i = 0; i < BLOCK / 2; i++) {
      const pair = bytes[place + headBytes + i]!;
      numbers[first + i] = (pair & 15) * scale + minimum;
      numbers[first + BLOCK / 2 + i] = (pair >> 4) * scale + minimum;
    }
  }
  return numbers;
}

/** `q d`, q signed. */
function decodeQ8(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blockBytes = 2 + BLOCK;
  const count = Math.floor(bytes.length / blockBytes);
  const numbers = new Float32Array(count * BLOCK);
  for (let block = 0; block < count; block++) {
    const place = block * blockBytes;
    const scale = float16At(view, place);
    for (let i = 0; i < BLOCK; i++) numbers[block * BLOCK + i] = view.getInt8(place + 2 + i) * scale;
  }
  return numbers;
}

function float16At(view: DataView, place: number): number {
  return float16Table()[view.getUint16(place, true)]!;
}
