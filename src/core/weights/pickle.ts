/**
 * @file Reads a pickle of Python, protocols 2 to 5, as data. A pickle is a program for a stack machine, which may name any
 * function of Python and call it. This machine knows the names that it is given and no other, and nothing of Python is run.
 * @see https://docs.python.org/3/library/pickletools.html
 */

import type { FileBudget } from '../tensor/file-budget.ts';
import { PICKLE_OPERATIONS, type PickleHands } from './pickle-operations.ts';
import { isPickleName, PICKLE_OBJECT_BYTES, type PickleName, type PickleValue } from './pickle-value.ts';
import { brokenFile } from './weight-file.ts';

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

/** More than the largest checkpoints have, and less than a Map holds. */
const MAX_OPERATIONS = 8_000_000;
/** A number of more bytes is none that a file of weights has. */
const MAX_INTEGER_BYTES = 16;

const NEWLINE = 0x0a;
const STOP = '.'.charCodeAt(0);

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
      const operation = PICKLE_OPERATIONS[code];
      if (operation === undefined) {
        throw this.#broken('a pickle of protocol 2 to 5', `the operation ${code} at byte ${this.place - 1}`);
      }
      this.#options.budget.take(PICKLE_OBJECT_BYTES, 'the objects of its pickle');
      operation(this.#hands);
    }
    throw this.#broken(`a pickle of at most ${MAX_OPERATIONS} operations`, 'more');
  }

  /** What operations do with the machine. */
  readonly #hands: PickleHands = {
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
      if (!isPickleName(callee) || !Array.isArray(values)) {
        throw this.#broken('names that its pickle calls', 'other objects');
      }
      return callee.call(values);
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
