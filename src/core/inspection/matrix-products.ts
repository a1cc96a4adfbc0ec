/** @file Products of matrices by the machine's runtime, which is many times faster than JavaScript. */

import { GraphBuilder } from '../graph/builder.ts';
import { createSession } from '../runtime/create-session.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';

export interface MatrixProductOptions extends RuntimeOptions {
  readonly threads?: number | undefined;
}

/** Which of two matrices `[a, b]` is transposed first. */
export type ProductKind = 'plain' | 'first transposed' | 'second transposed';

/** A product of one kind, for matrices of any number of rows. */
export class MatrixProduct {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws {GraftError} `runtime`, `memory`. */
  static async create(kind: ProductKind, options: MatrixProductOptions = {}): Promise<MatrixProduct> {
    const builder = new GraphBuilder(`product, ${kind}`);
    const [shapeA, shapeB] = {
      plain: [
        ['N', 'K'],
        ['K', 'M'],
      ],
      'first transposed': [
        ['K', 'N'],
        ['K', 'M'],
      ],
      'second transposed': [
        ['N', 'K'],
        ['M', 'K'],
      ],
    }[kind] as [string[], string[]];
    const a = builder.input('a', 'float32', shapeA);
    const b = builder.input('b', 'float32', shapeB);
    const transA = kind === 'first transposed' ? 1 : 0;
    const transB = kind === 'second transposed' ? 1 : 0;
    builder.output(builder.gemm([a, b], { transA, transB }), 'product');
    return new MatrixProduct(await createSession(builder.build(), options));
  }

  /** @param shapeA - `[rows, columns]` as they lie in memory. @returns Row-major. */
  async of(
    a: Float32Array,
    shapeA: readonly [number, number],
    b: Float32Array,
    shapeB: readonly [number, number],
  ): Promise<Float32Array> {
    const { product } = await this.#session.run({
      a: tensor('float32', shapeA, a),
      b: tensor('float32', shapeB, b),
    });
    return product!.data as Float32Array;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
