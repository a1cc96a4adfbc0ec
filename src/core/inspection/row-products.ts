/** @file Products of all rows with all rows by the machine's runtime, which is many times faster than JavaScript. */

import { GraphBuilder } from '../graph/builder.ts';
import { createSession } from '../runtime/create-session.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { tensor } from '../tensor/tensor.ts';

export interface RowProductsOptions extends RuntimeOptions {
  readonly threads?: number | undefined;
}

/** The products of rows of one width, of any number. */
export class RowProducts {
  readonly #width: number;
  readonly #session: Session;

  private constructor(width: number, session: Session) {
    this.#width = width;
    this.#session = session;
  }

  /** @throws {GraftError} `runtime`, `memory`. */
  static async create(width: number, options: RowProductsOptions = {}): Promise<RowProducts> {
    const builder = new GraphBuilder('row products');
    const a = builder.input('a', 'float32', ['N', width]);
    const b = builder.input('b', 'float32', ['M', width]);
    builder.output(builder.gemm([a, b], { transB: 1 }), 'products');
    return new RowProducts(width, await createSession(builder.build(), options));
  }

  /** @param a - `[N, width]`. @param b - `[M, width]`. @returns `[N, M]`. */
  async of(a: Float32Array, b: Float32Array): Promise<Float32Array> {
    const width = this.#width;
    const { products } = await this.#session.run({
      a: tensor('float32', [a.length / width, width], a),
      b: tensor('float32', [b.length / width, width], b),
    });
    return products!.data as Float32Array;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
