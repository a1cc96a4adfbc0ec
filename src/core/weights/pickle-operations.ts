/** @file The operations of a pickle, each by its code, on the stack of a machine that is given. */

import type { PickleName, PickleValue } from './pickle-value.ts';

/** What operations do with the machine. */
export interface PickleHands {
  push(value: PickleValue): void;
  pop(): PickleValue;
  top(): PickleValue;
  byte(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  size64(): number;
  float64(): number;
  blob(length: number): Uint8Array;
  text(length: number): string;
  line(): string;
  integer(length: number): number | bigint;
  mark(): void;
  popMark(): PickleValue[];
  list(): PickleValue[];
  dict(): Map<PickleValue, PickleValue>;
  put(index: number): void;
  memoize(): void;
  get(index: number): PickleValue;
  find(module: PickleValue, name: PickleValue): PickleName;
  call(callee: PickleValue, values: PickleValue): PickleValue;
  persistent(id: PickleValue): PickleValue;
  /** The error of pairs that are none. */
  odd(): Error;
}

export type PickleOperation = (hands: PickleHands) => void;

function tuple(count: number): PickleOperation {
  return ({ push, pop }) => {
    const values: PickleValue[] = [];
    for (let i = 0; i < count; i++) values.unshift(pop());
    push(values);
  };
}

function setPairs(
  dict: Map<PickleValue, PickleValue>,
  values: readonly PickleValue[],
  odd: () => Error,
): void {
  if (values.length % 2 !== 0) throw odd();
  for (let i = 0; i < values.length; i += 2) dict.set(values[i], values[i + 1]);
}

/** By the letters and numbers that `pickletools` gives; `call` stands for REDUCE and NEWOBJ, which are the same here. */
const BY_NAME: readonly (readonly [code: string | number, run: PickleOperation])[] = [
  [0x80, ({ byte }) => void byte()],
  [0x95, ({ size64 }) => void size64()],
  ['(', ({ mark }) => mark()],
  ['0', ({ pop }) => void pop()],
  ['1', ({ popMark }) => void popMark()],
  ['2', ({ push, top }) => push(top())],
  ['N', ({ push }) => push(null)],
  [0x88, ({ push }) => push(true)],
  [0x89, ({ push }) => push(false)],
  ['J', ({ push, int32 }) => push(int32())],
  ['K', ({ push, byte }) => push(byte())],
  ['M', ({ push, uint16 }) => push(uint16())],
  [0x8a, ({ push, integer, byte }) => push(integer(byte()))],
  [0x8b, ({ push, integer, uint32 }) => push(integer(uint32()))],
  ['G', ({ push, float64 }) => push(float64())],
  ['X', ({ push, text, uint32 }) => push(text(uint32()))],
  [0x8c, ({ push, text, byte }) => push(text(byte()))],
  [0x8d, ({ push, text, size64 }) => push(text(size64()))],
  ['T', ({ push, text, uint32 }) => push(text(uint32()))],
  ['U', ({ push, text, byte }) => push(text(byte()))],
  ['B', ({ push, blob, uint32 }) => push(blob(uint32()))],
  ['C', ({ push, blob, byte }) => push(blob(byte()))],
  [0x8e, ({ push, blob, size64 }) => push(blob(size64()))],
  [')', ({ push }) => push([])],
  ['t', ({ push, popMark }) => push(popMark())],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [']', ({ push }) => push([])],
  ['l', ({ push, popMark }) => push(popMark())],
  [
    'a',
    ({ pop, list }) => {
      const value = pop();
      list().push(value);
    },
  ],
  ['e', appendAll],
  ['}', ({ push }) => push(new Map())],
  [
    'd',
    ({ push, popMark, odd }) => {
      const dict = new Map<PickleValue, PickleValue>();
      setPairs(dict, popMark(), odd);
      push(dict);
    },
  ],
  [
    's',
    ({ pop, dict }) => {
      const value = pop();
      const key = pop();
      dict().set(key, value);
    },
  ],
  [
    'u',
    ({ popMark, dict, odd }) => {
      const values = popMark();
      setPairs(dict(), values, odd);
    },
  ],
  [0x8f, ({ push }) => push([])],
  [0x90, appendAll],
  [0x91, ({ push, popMark }) => push(popMark())],
  [
    'c',
    ({ push, line, find }) => {
      const module = line();
      push(find(module, line()));
    },
  ],
  [
    0x93,
    ({ push, pop, find }) => {
      const name = pop();
      push(find(pop(), name));
    },
  ],
  ['R', callTop],
  [0x81, callTop],
  // A state is what Python sets on an object besides: notes of a state dict, of no weight.
  ['b', ({ pop }) => void pop()],
  ['q', ({ put, byte }) => put(byte())],
  ['r', ({ put, uint32 }) => put(uint32())],
  [0x94, ({ memoize }) => memoize()],
  ['h', ({ push, get, byte }) => push(get(byte()))],
  ['j', ({ push, get, uint32 }) => push(get(uint32()))],
  ['Q', ({ push, pop, persistent }) => push(persistent(pop()))],
];

function appendAll({ popMark, list }: PickleHands): void {
  const values = popMark();
  const into = list();
  for (const value of values) into.push(value);
}

function callTop({ push, pop, call }: PickleHands): void {
  const values = pop();
  push(call(pop(), values));
}

/** What an operation does, by its code. */
export const PICKLE_OPERATIONS: readonly (PickleOperation | undefined)[] = tableOf(BY_NAME);

function tableOf(operations: typeof BY_NAME): readonly (PickleOperation | undefined)[] {
  const table = new Array<PickleOperation | undefined>(256).fill(undefined);
  for (const [code, run] of operations) table[typeof code === 'string' ? code.charCodeAt(0) : code] = run;
  return table;
}
