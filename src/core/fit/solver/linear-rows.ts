/** @file Features of a set as one matrix, piece by piece: in memory where there is room, else read again for every pass. */

import { type FeatureSet, RowBuffer } from '../../features/feature-set.ts';
import { rowNumbers } from '../../features/row-layout.ts';

/** Features that lie in memory for a whole solution. */
const MEMORY_BYTES = 512 * 1024 * 1024;
/** Of a piece. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Rows that follow one another. */
export interface LinearPiece {
  /** `[rows, width]`, good until the next piece is read. */
  readonly x: Float32Array;
  readonly start: number;
  readonly rows: number;
}

/** Mean of every feature, and one number that all are divided by: the root of their mean variance. */
export interface FeatureScale {
  readonly mean: Float64Array;
  readonly deviation: number;
}

export class LinearRows {
  readonly width: number;
  readonly size: number;
  readonly set: FeatureSet;
  readonly #kept: (Float32Array | undefined)[] | undefined;
  readonly #rowsAtOnce: number;

  /** @param set - Of one tensor of float32. @param columns - Numbers that a row's results have, at most. */
  constructor(set: FeatureSet, columns: number) {
    this.set = set;
    this.size = set.size;
    this.width = rowNumbers(set.tensors);
    this.#rowsAtOnce = Math.max(1, Math.floor(PIECE_BYTES / (4 * Math.max(this.width, columns))));
    if (4 * this.width * this.size <= MEMORY_BYTES) this.#kept = [];
  }

  async *pieces(): AsyncGenerator<LinearPiece> {
    const buffer = new RowBuffer();
    for (let start = 0, index = 0; start < this.size; start += this.#rowsAtOnce, index++) {
      const rows = Math.min(this.#rowsAtOnce, this.size - start);
      let x = this.#kept?.[index];
      if (x === undefined) {
        const wanted = Uint32Array.from({ length: rows }, (_, row) => start + row);
        const [first] = await this.set.read(wanted, buffer);
        x = first!.data as Float32Array;
        if (this.#kept !== undefined) {
          x = x.slice();
          this.#kept[index] = x;
        }
      }
      yield { x, start, rows };
    }
  }

  async scale(): Promise<FeatureScale> {
    const { width, size } = this;
    const mean = new Float64Array(width);
    for await (const { x, rows } of this.pieces()) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < width; i++) mean[i]! += x[row * width + i]!;
      }
    }
    for (let i = 0; i < width; i++) mean[i]! /= size;
    let sum = 0;
    for await (const { x, rows } of this.pieces()) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < width; i++) sum += (x[row * width + i]! - mean[i]!) ** 2;
      }
    }
    const deviation = Math.sqrt(sum / (size * width));
    return { mean, deviation: deviation > 0 ? deviation : 1 };
  }
}
