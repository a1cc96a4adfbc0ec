/** @file Room for constants that are computed while a file is read: so much, and no more than the file can account for. */

import { sizeText } from '../../errors/size-text.ts';
import { MAX_AXES } from '../../graph/shape-rule.ts';
import { type DType, typedArrayFor } from '../../tensor/dtype.ts';
import type { FileBudget } from '../../tensor/file-budget.ts';
import { computeSize, type Tensor, zeros } from '../../tensor/tensor.ts';

/** Elements that are read, for every byte of room: sums read much and keep little. */
const READS_PER_BYTE = 4;

/** A value that cannot be worked out: it follows from the image, or from an operator that is not known here. */
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
  readonly #budget: FileBudget;
  #reads = 0;

  constructor(budget: FileBudget) {
    this.#budget = budget;
  }

  /**
   * A tensor of zeros, to be written.
   *
   * @throws {CannotFold} If it takes more than what is left.
   */
  zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
    requireShort(shape.length);
    if (!shape.every((size) => Number.isInteger(size) && size >= 0)) throw new CannotFold('no sizes');
    const bytes = computeSize(shape) * typedArrayFor(dtype).BYTES_PER_ELEMENT;
    if (!this.#budget.tryTake(bytes)) throw this.#exceeded();
    return zeros(dtype, shape);
  }

  /** Accounts for work: so many elements are about to be read. @throws {CannotFold} As {@link zeros}. */
  read(elements: number): void {
    this.#reads += elements;
    if (!(this.#reads <= READS_PER_BYTE * this.#budget.limitBytes)) throw this.#exceeded();
  }

  #exceeded(): CannotFold {
    return new CannotFold('too large', sizeText(this.#budget.limitBytes));
  }
}
