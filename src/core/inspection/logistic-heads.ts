/**
 * @file Linear classifiers, solved to their optimum, many at once: each trains on rows of its own, and one pass over the features
 * serves all of them. So the folds of a cross-validation, and a curve over parts of the data, cost little more than one head.
 */

import { Lbfgs } from '../fit/solver/lbfgs.ts';
import { evaluateLinear, inOriginalUnits, type LinearData } from '../fit/solver/linear-objective.ts';
import { createLinearProducts } from '../fit/solver/linear-products.ts';
import { losses } from '../losses/losses.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import { softmax } from '../tensor/probabilities.ts';
import { blocksOf, type RowSource } from './row-source.ts';

/** What one classifier learns from, and what it is asked. */
export interface HeadTask {
  /** `[N]`: 1 for each row that it trains on. */
  readonly trains: Uint8Array;
  /** `[N]`: 1 for each row that it predicts. */
  readonly predicts: Uint8Array;
  /** `[N, numClasses]`: where its probabilities are written to; other rows are left as they are. */
  readonly into: Float64Array;
  /** The L2 penalty of all weights but the biases, of the sum of the losses (1 / C of scikit-learn). */
  readonly penalty: number;
}

export interface LogisticHeadsOptions extends RuntimeOptions {
  /** `[N]` */
  readonly labels: Uint32Array;
  readonly numClasses: number;
  readonly tasks: readonly HeadTask[];
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of passes over the data. */
  readonly onPass?: (() => void) | undefined;
}

/**
 * Trains multinomial logistic regressions, and writes what each predicts.
 *
 * @param source - Rows of a similar scale: see `standardizedRows`.
 * @throws The signal's reason.
 */
export async function predictByHeads(source: RowSource, options: LogisticHeadsOptions): Promise<void> {
  const { labels, numClasses, tasks, signal, onPass } = options;
  const { size, width } = source;
  const scale = { mean: new Float64Array(width), deviation: 1 };
  const data: LinearData = {
    rows: { set: { labels, numClasses }, width, size, pieces: () => blocksOf(source, signal) },
    scale,
    loss: losses.sparseCategoricalCrossentropy(),
    outputs: numClasses,
  };
  const heads = tasks.map(({ trains, penalty }) => ({
    solver: new Lbfgs(new Float64Array((width + 1) * numClasses), SOLVED),
    // Here the penalty is of the mean loss.
    problem: { l2: penalty / Math.max(1, countOf(trains)), learns: trains },
  }));
  const products = await createLinearProducts(width, options);
  try {
    for (let open = heads; open.length > 0; open = open.filter(({ solver }) => solver.ended === undefined)) {
      onPass?.();
      const found = await evaluateLinear(
        data,
        products,
        open.map(({ problem }) => problem),
        open.map(({ solver }) => solver.trial),
      );
      open.forEach(({ solver }, i) => void solver.tell(found[i]!.value, found[i]!.gradient));
    }
    const layers = heads.map(({ solver }) => inOriginalUnits(solver.point, scale, numClasses));
    for await (const { x, start, rows } of data.rows.pieces()) {
      for (const [index, { predicts, into }] of tasks.entries()) {
        const { kernel, bias } = layers[index]!;
        const logits = await products.forward(x, kernel, rows);
        for (let i = 0; i < logits.length; i++) logits[i]! += bias[i % numClasses]!;
        const probabilities = softmax(logits, rows);
        for (let row = 0; row < rows; row++) {
          if (predicts[start + row] !== 1) continue;
          into.set(
            probabilities.subarray(row * numClasses, (row + 1) * numClasses),
            (start + row) * numClasses,
          );
        }
      }
    }
  } finally {
    await products.dispose();
  }
}

/** When a head is good enough: its probabilities change no more. */
const SOLVED = { gradientTolerance: 1e-4, maxIterations: 200 };

function countOf(trains: Uint8Array): number {
  return trains.reduce((sum, each) => sum + each, 0);
}
