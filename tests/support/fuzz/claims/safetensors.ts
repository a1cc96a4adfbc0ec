/** @file Files of safetensors whose tensors overlap, or claim more than there is. */

import type { Choices } from './choices.ts';
import { claimingJson } from './json.ts';

const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I8: 1, BOOL: 1, F8_E4M3: 1 };

export function claimingSafetensors(choices: Choices, mostBytes: number): Uint8Array {
  const numbers = choices.bytes(choices.scale(mostBytes / 2));
  const header = new TextEncoder().encode(headerText(choices, mostBytes / 2, numbers.length));
  const file = new Uint8Array(8 + header.length + numbers.length);
  const length = choices.below(6) === 0 ? choices.size() : header.length;
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(header, 8);
  file.set(numbers, 8 + header.length);
  return file;
}

function headerText(choices: Choices, mostBytes: number, dataBytes: number): string {
  if (choices.below(6) === 0) return claimingJson(choices, mostBytes);
  const overlaps = choices.maybe();
  let end = 0;
  const entries = Array.from({ length: choices.scale(mostBytes / 70) }, (_, i) => {
    const dtype = choices.one(Object.keys(BYTES) as (keyof typeof BYTES)[]);
    const count = Math.floor(choices.scale(dataBytes) / BYTES[dtype]);
    const start = overlaps ? 0 : end;
    end = start + count * BYTES[dtype];
    const shape =
      choices.below(9) === 0 ? choices.shape() : choices.maybe() ? [count] : [...ones(choices), count];
    return [`t${i}.weight`, { dtype, shape, data_offsets: [start, end] }] as const;
  });
  return JSON.stringify(Object.fromEntries(entries));
}

function ones(choices: Choices): number[] {
  return new Array<number>(choices.scale(1000)).fill(1);
}
