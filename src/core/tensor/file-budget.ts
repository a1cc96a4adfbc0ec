/**
 * @file How much memory a file's contents may take: it grows with the size of the file, not with what the file says of
 * itself. Readers take from it before they allocate.
 */

import { type ErrorCode, GraftError } from '../errors/graft-error.ts';
import { sizeText } from '../errors/size-text.ts';

/** For what every file needs however small it is: tables, names, constants that are computed. */
const FLOOR_BYTES = 32 * 2 ** 20;
/**
 * Weights are noise: what is stored in 8 bits becomes four times as large as float32, and Deflate saves a factor of 1.1.
 * A sparse network, compressed, may reach ten.
 */
const BYTES_PER_FILE_BYTE = 32;

/** What a letter of JSON may come to as objects. */
export const OBJECT_BYTES_PER_LETTER = 24;

export interface FileBudgetOptions {
  /** For messages: `weights "base.h5"`. */
  readonly where: string;
  /** Of the error. Default `weights`. */
  readonly code?: ErrorCode;
}

/** The budget of one file, or of a model with the files that belong to it. */
export class FileBudget {
  readonly where: string;
  readonly #code: ErrorCode;
  #fileBytes: number;
  #takenBytes = 0;
  #isExceeded = false;

  constructor(fileBytes: number, { where, code = 'weights' }: FileBudgetOptions) {
    this.#fileBytes = fileBytes;
    this.where = where;
    this.#code = code;
  }

  /** All that the contents may take, in bytes. */
  get limitBytes(): number {
    return FLOOR_BYTES + BYTES_PER_FILE_BYTE * this.#fileBytes;
  }

  /** Whether something could not be taken that is needed: who passes over what is damaged gives up then. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /** Another file that belongs to it. */
  addFile(fileBytes: number): void {
    this.#fileBytes += fileBytes;
  }

  /**
   * Takes from the budget.
   *
   * @param bytes - What is about to be allocated. Not a number, as a product of absurd sizes may be, is too much.
   * @param what - For the message: `tensor "conv/kernel"`.
   * @throws {GraftError} If that is more than is left; of the code that was given.
   */
  take(bytes: number, what: string): void {
    if (this.tryTake(bytes)) return;
    this.#isExceeded = true;
    throw this.exceeded(`${claimText(this.#takenBytes + bytes)} with ${what}`);
  }

  /** As {@link take}, for what can be done without. @returns Whether it was left. */
  tryTake(bytes: number): boolean {
    const taken = this.#takenBytes + bytes;
    const isLeft = taken <= this.limitBytes;
    if (isLeft) this.#takenBytes = taken;
    return isLeft;
  }

  /** The error of a file that takes more. */
  exceeded(received: string): GraftError {
    return new GraftError(this.#code, {
      where: this.where,
      expected: `at most ${sizeText(this.limitBytes)} in a file of ${sizeText(this.#fileBytes)}`,
      received,
      advice: 'The file is damaged, or made to fill the memory: fetch it again.',
    });
  }
}

function claimText(bytes: number): string {
  return bytes < 1e15 ? sizeText(bytes) : 'an absurd size';
}
