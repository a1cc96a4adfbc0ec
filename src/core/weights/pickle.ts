/**
 * @file Reads a pickle of Python, protocols 2 to 5, as data. A pickle is a program for a stack machine, which may name any
 * function of Python and call it. This machine knows the names that it is given and no other, and nothing of Python is run.
 * @see https://docs.python.org/3/library/pickletools.html
 */

import type { FileBudget } from '../tensor/file-budget.ts';
import { brokenFile } from './weight-file.ts';

/** Containers are arrays (lists, tuples, sets) and maps (dicts); other objects are those that `PickleNames` makes. */
export type PickleValue = unknown;

/** What a pickle may name: a class or a function. It is called with what stands in the tuple behind it. */
export interface PickleName {
  readonly name: string;
  call(...values: readonly PickleValue[]): PickleValue;
}

export interface PickleOptions {
  /** For messages: `weights "base.pth"`. */
  readonly where: string;
  /** What objects take is taken from it. */
  readonly budget: FileBudget;
  /** What `module.name` stands for. @throws {GraftError} For all that is not known. */
  readonly findName: (module: string, name: string) => PickleName;
  /** The object that a persistent id stands for: a storage. Default: there are none. */
  readonly findPersistent?: ((id: PickleValue) => PickleValue) | undefined;
}

/** What an object, or a place on the stack, takes at most, in bytes. */
const OBJECT_BYTES = 96;
/** More than the largest checkpoints have, and less than a Map holds. */
const MAX_OPERATIONS = 8_000_000;
/** A number of more bytes is none that a file of weights has. */
const MAX_INTEGER_BYTES = 16;

/**
 * Reads one pickle.
 *
 * @param bytes - The file.
 * @param start - Where it begins.
 * @returns What it holds, and where the next one begins.
 * @throws {GraftError} `weights`, if it is damaged, too large, or names what `findName` does not know.
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  options: PickleOptions,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new PickleMachine(bytes, start, options);
  return { value: machine.run(), end: machine.place };
}

class PickleMachine {
  place: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: PickleOptions;
  #stack: PickleValue[] = [];
  /** Stacks that marks have put aside. */
  readonly #aside: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, start: number, options: PickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
    this.place = start;
  }

  run(): PickleValue {
    for (let count = 0; count < MAX_OPERATIONS; count++) {
      const code = this.#byte();
      if (code === STOP) return this.#pop();
      const operation = OPERATIONS[code];
      if (operation === undefined) {
        throw this.#broken('a pickle of protocol 2 to 5', `the operation ${code} at byte ${this.place - 1}`);
      }
      this.#options.budget.take(OBJECT_BYTES, 'the objects of its pickle');
      operation(this.#hands);
    }
    throw this.#broken(`a pickle of at most ${MAX_OPERATIONS} operations`, 'more');
  }

  /** What operations do with the machine. */
  readonly #hands: Hands = {
    push: (value) => this.#stack.push(value),
    pop: () => this.#pop(),
    top: () => this.#top(),
    byte: () => this.#byte(),
    uint16: () => this.#view.getUint16(this.#skip(2), true),
    int32: () => this.#view.getInt32(this.#skip(4), true),
    uint32: () => this.#view.getUint32(this.#skip(4), true),
    size64: () => {
      const size = Number(this.#view.getBigUint64(this.#skip(8), true));
      return size <= this.#bytes.length ? size : this.#bytes.length + 1;
    },
    float64: () => this.#view.getFloat64(this.#skip(8), false),
    blob: (length) => {
      const from = this.#skip(length);
      return this.#bytes.subarray(from, from + length);
    },
    text: (length) => {
      this.#options.budget.take(2 * length, 'the texts of its pickle');
      const from = this.#skip(length);
      return new TextDecoder().decode(this.#bytes.subarray(from, from + length));
    },
    line: () => {
      const end = this.#bytes.indexOf(NEWLINE, this.place);
      if (end < 0) throw this.#cut();
      const text = new TextDecoder().decode(this.#bytes.subarray(this.place, end));
      this.place = end + 1;
      return text;
    },
    integer: (length) => this.#integer(length),
    mark: () => {
      this.#aside.push(this.#stack);
      this.#stack = [];
    },
    popMark: () => {
      const values = this.#stack;
      const before = this.#aside.pop();
      if (before === undefined) throw this.#broken('a mark in its pickle', 'none');
      this.#stack = before;
      return values;
    },
    list: () => {
      const list = this.#top();
      if (!Array.isArray(list)) throw this.#broken('a list in its pickle', 'another object');
      return list;
    },
    dict: () => {
      const dict = this.#top();
      if (!(dict instanceof Map)) throw this.#broken('a dict in its pickle', 'another object');
      return dict;
    },
    put: (index) => void this.#memo.set(index, this.#top()),
    memoize: () => void this.#memo.set(this.#memo.size, this.#top()),
    get: (index) => {
      if (!this.#memo.has(index)) throw this.#broken('an object that its pickle has made', 'another');
      return this.#memo.get(index);
    },
    find: (module, name) => {
      if (typeof module !== 'string' || typeof name !== 'string') {
        throw this.#broken('names in its pickle', 'other objects');
      }
      return this.#options.findName(module, name);
    },
    call: (callee, values) => {
      if (!isName(callee) || !Array.isArray(values)) {
        throw this.#broken('names that its pickle calls', 'other objects');
      }
      return callee.call(...values);
    },
    persistent: (id) => {
      const { findPersistent } = this.#options;
      if (findPersistent === undefined) throw this.#broken('no storage here', 'one');
      return findPersistent(id);
    },
    odd: () => this.#broken('keys with their values', 'a key without'),
  };

  #top(): PickleValue {
    if (this.#stack.length === 0) throw this.#broken('a pickle', 'one that takes more than it has');
    return this.#stack.at(-1);
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  /** Where the next bytes begin. */
  #skip(length: number): number {
    const from = this.place;
    if (length > this.#bytes.length - from) throw this.#cut();
    this.place += length;
    return from;
  }

  /** In two's complement; `0` without bytes. Beyond what a number holds, a bigint. */
  #integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) {
      throw this.#broken(`integers of at most ${MAX_INTEGER_BYTES} bytes`, `one of ${length}`);
    }
    const digits = this.#bytes.subarray(this.#skip(length), this.place);
    let value = 0n;
    for (const digit of digits.toReversed()) value = (value << 8n) | BigInt(digit);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #cut(): Error {
    return this.#broken('the end of its pickle', 'a file that ends before');
  }

  #broken(expected: string, received: string): Error {
    return brokenFile(this.#options.where, expected, received);
  }
}

interface Hands {
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

type Operation = (hands: Hands) => void;

const NEWLINE = 0x0a;
const STOP = '.'.charCodeAt(0);

function isName(value: PickleValue): value is PickleName {
  return typeof value === 'object' && value !== null && 'call' in value && 'name' in value;
}

function tuple(count: number): Operation {
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
const BY_NAME: readonly (readonly [code: string | number, run: Operation])[] = [
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

function appendAll({ popMark, list }: Hands): void {
  const values = popMark();
  const into = list();
  for (const value of values) into.push(value);
}

function callTop({ push, pop, call }: Hands): void {
  const values = pop();
  push(call(pop(), values));
}

const OPERATIONS: readonly (Operation | undefined)[] = tableOf(BY_NAME);

function tableOf(operations: typeof BY_NAME): readonly (Operation | undefined)[] {
  const table = new Array<Operation | undefined>(256).fill(undefined);
  for (const [code, run] of operations) table[typeof code === 'string' ? code.charCodeAt(0) : code] = run;
  return table;
}
