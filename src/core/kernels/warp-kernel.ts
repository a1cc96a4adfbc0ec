/** @file The TypeScript face of the warp kernel: one image in, one image out. The same in Node and in a browser. */

import { GraftError } from '../errors/graft-error.ts';
import { PAGE_BYTES, reserving, type WasmModule, webAssembly } from '../runtime/webassembly.ts';
import { FILL_CONSTANT, FILL_NEAREST, FILL_REFLECT, FILL_WRAP } from './warp-fields.ts';

/** What happens to an image; see `assembly/warp.ts` and `assembly/recolor.ts` for the formulas. */
export interface WarpJob {
  /** Pixels; so is `width`. */
  readonly height: number;
  readonly width: number;
  /**
   * `[a, b, c, d, e, f]`: the pixel at `(column, row)` of the result is the bilinear sample at
   * `x = a column + b row + c`, `y = d column + e row + f`. The middle of the first pixel is at (0, 0).
   */
  readonly matrix: readonly [number, number, number, number, number, number];
  /** What stands beyond the edges. */
  readonly fill: 'nearest' | 'reflect' | 'constant' | 'wrap';
  /** Of all three channels, an integer in [0, 255], for `constant`. */
  readonly fillValue: number;
  /** Factor, at least 0; 1 changes nothing. So are `contrast` and `saturation`. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  warp(
    source: number,
    target: number,
    height: number,
    width: number,
    xx: number,
    xy: number,
    x0: number,
    yx: number,
    yy: number,
    y0: number,
    fill: number,
    fillValue: number,
  ): void;
  recolor(pixels: number, count: number, brightness: number, contrast: number, saturation: number): void;
}

const FILLS: Readonly<Record<WarpJob['fill'], number>> = {
  nearest: FILL_NEAREST,
  reflect: FILL_REFLECT,
  constant: FILL_CONSTANT,
  wrap: FILL_WRAP,
};
/** Positions are 64-bit numbers with 32 bits behind the point. */
const FARTHEST = 2 ** 29;
const SIMD_BYTES = 16;

/** Makes a kernel of the compiled module `warp`, which in Node `loadKernel('warp')` gives. It holds two images. */
export function createWarpKernel(module: WasmModule): WarpKernel {
  const instance = reserving('augmentation', () => new webAssembly.Instance(module));
  return new WarpKernel(instance.exports as Exports);
}

export class WarpKernel {
  readonly #exports: Exports;
  readonly #source: number;
  #bytes: Uint8Array;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.#source = exports.heapBase();
    this.#bytes = new Uint8Array(exports.memory.buffer);
  }

  /**
   * Warps and recolors an image.
   *
   * @param source - `[height, width, 3]`, values in [0, 255].
   * @param target - Where the result goes, of the same shape; may be `source`.
   * @throws {GraftError} `argument`, if the sizes do not fit or the matrix leads too far; `memory`.
   */
  apply(source: Uint8Array, target: Uint8Array, job: WarpJob): void {
    const { height, width, matrix, brightness, contrast, saturation } = job;
    refuseBadJob(source, target, job);
    const stride = width * 3;
    const from = this.#source;
    // The kernel reads, with weight 0, a row and a few bytes beyond the end, and writes one byte beyond it.
    const to = align(from + source.length + stride + SIMD_BYTES);
    this.#reserve(to + source.length + SIMD_BYTES);
    this.#bytes.set(source, from);
    this.#exports.warp(from, to, height, width, ...matrix, FILLS[job.fill], job.fillValue);
    if (brightness !== 1 || contrast !== 1 || saturation !== 1) {
      this.#exports.recolor(to, height * width, brightness, contrast, saturation);
    }
    target.set(this.#bytes.subarray(to, to + source.length));
  }

  #reserve(end: number): void {
    const { memory } = this.#exports;
    const missing = end - memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      throw new GraftError(
        'memory',
        {
          where: 'augmentation',
          expected: 'room for an image and its view',
          received: `no ${(end / 1e6).toFixed(0)} MB`,
          advice: 'Augment smaller images.',
        },
        { cause },
      );
    }
    this.#bytes = new Uint8Array(memory.buffer);
  }
}

function refuseBadJob(source: Uint8Array, target: Uint8Array, job: WarpJob): void {
  const { height, width, matrix } = job;
  const isSize = Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0;
  const bytes = height * width * 3;
  if (!isSize || source.length !== bytes || target.length !== bytes) {
    const received = isSize ? `${source.length} and ${target.length} bytes` : 'no such size';
    throw new GraftError('argument', {
      where: 'augmentation',
      expected: `an image and a target of ${height} x ${width} x 3 bytes`,
      received,
      advice: 'Give uint8 pixels [height, width, 3].',
    });
  }
  const [a, b, c, d, e, f] = matrix;
  const reach = Math.max(
    Math.abs(a) * width + Math.abs(b) * height + Math.abs(c),
    Math.abs(d) * width + Math.abs(e) * height + Math.abs(f),
  );
  if (!(reach < FARTHEST)) {
    throw new GraftError('argument', {
      where: 'augmentation',
      expected: `positions within ${FARTHEST} pixels`,
      received: `the matrix [${matrix.join(', ')}]`,
      advice: 'Use smaller shifts and zooms.',
    });
  }
}

function align(address: number): number {
  return Math.ceil(address / SIMD_BYTES) * SIMD_BYTES;
}
