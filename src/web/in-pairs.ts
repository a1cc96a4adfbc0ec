/** @file Rows are never computed alone: of a single row, ONNX Runtime's WebAssembly build with four threads and more rounds otherwise. */

import { joinRows, sliceRows } from '../core/features/tensor-rows.ts';
import type { Session } from '../core/runtime/session.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/**
 * A session whose feeds and results are rows, `[N, ...]`, each by itself: a single row goes through it twice, as a pair, and so has the same
 * bits with any number of threads.
 */
export function inPairs(session: Session): Session {
  const { inputNames, outputNames } = session;
  return {
    inputNames,
    outputNames,
    async run(feeds, fetches) {
      const isAlone = Object.values(feeds).every(({ shape }) => shape[0] === 1);
      if (!isAlone) return session.run(feeds, fetches);
      const pairs = await session.run(
        ofEach(feeds, (row) => joinRows([row, row])),
        fetches,
      );
      return ofEach(pairs, (rows) => sliceRows(rows, 0, 1));
    },
    dispose: () => session.dispose(),
  };
}

function ofEach(tensors: Tensors, change: (tensor: Tensor) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, each]) => [name, change(each)]));
}
