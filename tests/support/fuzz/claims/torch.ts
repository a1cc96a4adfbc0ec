/** @file Archives of PyTorch whose pickles make many objects, and tensors of more numbers than there are. */

import { zipOf } from '../../zip-file.ts';
import type { Choices } from './choices.ts';

/** Operations that cost a byte and leave an object, or a mark. */
const CHEAP = [']', '}', ')', '(', 'N', '2', '\x8f', ']2a', '}N2s', ')\x85', 'q\x01', 'j\x01\0\0\0'];

export function claimingTorch(choices: Choices, mostBytes: number): Uint8Array {
  const numbers = choices.bytes(choices.scale(mostBytes / 2));
  const storage =
    choices.below(6) === 0 ? choices.size() : Math.floor(numbers.length / (choices.maybe() ? 4 : 2));
  const count = choices.scale(mostBytes / 120);
  const tensors = Array.from({ length: count }, (_, index) => tensor(choices, index, storage));
  const code = choices.below(3) === 0 ? cheap(choices, mostBytes) : `}(${tensors.join('')}u`;
  return zipOf([
    { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${code}.`, 'latin1') },
    { name: 'a/data/0', data: numbers },
  ]);
}

function cheap(choices: Choices, mostBytes: number): string {
  const operations = choices.maybe() ? [choices.one(CHEAP)] : CHEAP;
  const count = choices.scale(mostBytes);
  let code = ']q\x01';
  while (code.length < count) code += choices.one(operations);
  return code;
}

function tensor(choices: Choices, index: number, storage: number): string {
  const type = choices.one(['FloatStorage', 'HalfStorage', 'LongStorage']);
  const shape = choices.maybe() ? choices.shape() : [choices.scale(Math.max(1, storage))];
  const strides = shape.map(() => (choices.maybe() ? 0 : choices.one([1, 2, choices.size()])));
  const id = `(${text('storage')}ctorch\n${type}\n${text('0')}${text('cpu')}${integer(storage)}tQ`;
  return `${text(`w${index}`)}ctorch._utils\n_rebuild_tensor_v2\n(${id}${integer(0)}${tuple(shape)}${tuple(strides)}\x89NtR`;
}

function tuple(values: readonly number[]): string {
  return `(${values.map(integer).join('')}t`;
}

function integer(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return `\x8a\x08${bytes.toString('latin1')}`;
}

function text(value: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value.length);
  return `X${bytes.toString('latin1')}${value}`;
}
