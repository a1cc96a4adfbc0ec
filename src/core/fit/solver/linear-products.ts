/** @file The two matrix products that a linear layer's loss and gradient need, as ONNX Runtime computes them. */

import { GraphBuilder } from '../../graph/builder.ts';
import { createSession } from '../../runtime/create-session.ts';
import type { RuntimeOptions } from '../../runtime/runtime.ts';
import { tensor } from '../../tensor/tensor.ts';

/** Products of features `x` `[rows, width]`, row-major. */
export interface LinearProducts {
  /** `x w`. @param w - `[width, columns]`. @returns `[rows, columns]`. */
  forward(x: Float32Array, w: Float32Array, rows: number): Promise<Float32Array>;
  /** `transpose(x) r`. @param r - `[rows, columns]`. @returns `[width, columns]`. */
  backward(x: Float32Array, r: Float32Array, rows: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export async function createLinearProducts(
  width: number,
  options: RuntimeOptions & { readonly threads?: number | undefined },
): Promise<LinearProducts> {
  const session = async (transposed: boolean): Promise<Awaited<ReturnType<typeof createSession>>> => {
    const builder = new GraphBuilder(transposed ? 'linear-backward' : 'linear-forward');
    const x = builder.input('x', 'float32', ['N', width]);
    const other = builder.input('y', 'float32', [transposed ? 'N' : width, 'C']);
    builder.output(builder.matMul(transposed ? builder.transposeMatrix(x) : x, other), 'product');
    return createSession(builder.build(), options);
  };
  const [forward, backward] = [await session(false), await session(true)];
  const run = async (
    by: typeof forward,
    x: Float32Array,
    y: Float32Array,
    rows: number,
    otherRows: number,
  ): Promise<Float32Array> => {
    const { product } = await by.run({
      x: tensor('float32', [rows, width], x),
      y: tensor('float32', [otherRows, y.length / otherRows], y),
    });
    return product!.data as Float32Array;
  };
  return {
    forward: (x, w, rows) => run(forward, x, w, rows, width),
    backward: (x, r, rows) => run(backward, x, r, rows, rows),
    async dispose() {
      await forward.dispose();
      await backward.dispose();
    },
  };
}

/** The same in plain loops, sums in double precision: for what is small, and for tests. */
export function plainLinearProducts(width: number): LinearProducts {
  const product = (
    rows: number,
    columns: number,
    count: number,
    a: (row: number, i: number) => number,
    b: Float32Array,
  ): Float32Array => {
    const result = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const sums = new Float64Array(columns);
      for (let i = 0; i < count; i++) {
        const factor = a(row, i);
        if (factor === 0) continue;
        for (let c = 0; c < columns; c++) sums[c]! += factor * b[i * columns + c]!;
      }
      result.set(sums, row * columns);
    }
    return result;
  };
  return {
    forward: async (x, w, rows) => product(rows, w.length / width, width, (row, i) => x[row * width + i]!, w),
    backward: async (x, r, rows) => product(width, r.length / rows, rows, (row, i) => x[i * width + row]!, r),
    dispose: async () => {},
  };
}
