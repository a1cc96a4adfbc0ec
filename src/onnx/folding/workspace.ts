/** @file Room for constants that are computed while a file is read: so much, and no more than the file can account for. */

import { sizeText } from '../../errors/size-text.ts';
import { arrayOf, type DType } from '../../tensor/dtype.ts';
import { sizeOf, type Tensor, zeros } from '../../tensor/tensor.ts';

/** What a small file may come to: tables of positions and masks of a network for pictures of 1,024 pixels. */
const FLOOR_BYTES = 32 * 2 ** 20;

/** Elements that are read, for every byte of room: sums read much and keep little. */
const READS_PER_BYTE = 8;

/** No tensor has more axes: longer lists of sizes come from a damaged file. */
const MAX_AXES = 64;

/** A value that cannot be worked out: it follows from the picture, or from an operator that is not known here. */
export class CannotFold extends Error {
  /** What all constants together may take, where that is what is in the way. */
  readonly limit: string | undefined;

  constructor(message: string, limit?: string) {
    super(message);
    this.limit = limit;
  }
}

/** Insists on a list that can be one of axes or sizes. */
export function requireShort(length: number): void {
  if (length > MAX_AXES) throw new CannotFold(`more than ${MAX_AXES} axes`);
}

/** The room of one file. Whatever is computed is taken from it before it is allocated, and never given back. */
export class Workspace {
  readonly #limitBytes: number;
  #leftBytes: number;
  #leftReads: number;

  constructor(fileBytes: number) {
    this.#limitBytes = fileBytes + FLOOR_BYTES;
    this.#leftBytes = this.#limitBytes;
    this.#leftReads = READS_PER_BYTE * this.#limitBytes;
  }

  /**
   * A tensor of zeros, to be written.
   *
   * @throws {CannotFold} If it takes more than what is left.
   */
  zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
    requireShort(shape.length);
    if (!shape.every((size) => Number.isInteger(size) && size >= 0)) throw new CannotFold('no sizes');
    const bytes = sizeOf(shape) * arrayOf(dtype).BYTES_PER_ELEMENT;
    if (!(bytes <= this.#leftBytes)) throw this.#exceeded();
    this.#leftBytes -= bytes;
    return zeros(dtype, shape);
  }

  /** Accounts for work: so many elements are about to be read. @throws {CannotFold} As {@link zeros}. */
  read(elements: number): void {
    this.#leftReads -= elements;
    if (!(this.#leftReads >= 0)) throw this.#exceeded();
  }

  #exceeded(): CannotFold {
    return new CannotFold('too large', sizeText(this.#limitBytes));
  }
}
