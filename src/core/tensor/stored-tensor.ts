/** @file Numbers that lie in a file and are read when they are asked for: those of a frozen model larger than one likes to keep. */

import { GraftError } from '../errors/graft-error.ts';
import { computeSize, type Tensor } from './tensor.ts';

/** float32 numbers in a file. */
export interface StoredNumbers {
  /** Where a session finds them itself. Undefined where the file has no name. */
  readonly place?: StoredPlace | undefined;
  /** How many they are. */
  readonly length: number;
  /** Reads them, each time anew. */
  read(): Float32Array;
}

/** Where float32 numbers lie, little-endian, one behind the other. */
export interface StoredPlace {
  readonly folder: string;
  /** The file's name within the folder. */
  readonly file: string;
  /** Where they begin, in bytes. */
  readonly offset: number;
  /**
   * Of a matrix that lies column by column, how many rows and columns it has: a product with one row reads each core's columns in one
   * piece then. `read` gives it row by row all the same. Default: it lies row by row.
   */
  readonly byColumns?: readonly [rows: number, columns: number] | undefined;
  /** What that matrix has with the rows and columns of zeros that lie behind its own. Default: none do. */
  readonly padded?: readonly [rows: number, columns: number] | undefined;
}

/** A tensor whose numbers are stored; `data` reads them, each time anew. */
export class StoredTensor implements Tensor<'float32'> {
  readonly dtype = 'float32';
  readonly shape: readonly number[];
  readonly numbers: StoredNumbers;

  /** @throws {GraftError} `shape`, if the number of elements is not that of the shape. */
  constructor(shape: readonly number[], numbers: StoredNumbers) {
    if (numbers.length !== computeSize(shape)) {
      throw new GraftError('shape', {
        where: 'tensor',
        expected: `${computeSize(shape)} elements for shape [${shape.join(', ')}]`,
        received: `${numbers.length}`,
        advice: 'Check the shape.',
      });
    }
    this.shape = shape;
    this.numbers = numbers;
  }

  get data(): Float32Array {
    return this.numbers.read();
  }
}

/** The place of a tensor's numbers, if they are stored where a session finds them. */
export function placeOf(tensor: Tensor): StoredPlace | undefined {
  return tensor instanceof StoredTensor ? tensor.numbers.place : undefined;
}
