/**
 * @file Linear classifiers, solved to their optimum, many at once: each trains on rows of its own, and one pass over the features
 * serves all of them. So the folds of a cross-validation, and a curve over parts of the data, cost little more than one head.
 */

import { Lbfgs } from '../fit/solver/lbfgs.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import { MatrixProduct } from './matrix-products.ts';
import { eachBlock, type RowSource } from './row-source.ts';

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
  const { numClasses, tasks } = options;
  const products = {
    forward: await MatrixProduct.create('plain', options),
    backward: await MatrixProduct.create('first transposed', options),
  };
  try {
    const start = new Float64Array((source.width + 1) * numClasses);
    const heads = tasks.map((task) => ({ task, solver: new Lbfgs(start, SOLVED) }));
    const isOpen = ({ solver }: (typeof heads)[number]): boolean => solver.ended === undefined;
    for (let open = heads; open.length > 0; open = open.filter(isOpen)) {
      options.onPass?.();
      const found = await evaluateHeads(
        source,
        open.map(({ task, solver }) => ({ ...task, weights: solver.trial })),
        options,
        products,
      );
      open.forEach(({ solver }, i) => void solver.tell(found[i]!.value, found[i]!.gradient));
    }
    await predict(
      source,
      heads.map(({ solver }) => solver.point),
      options,
      products.forward,
    );
  } finally {
    await Promise.all(Object.values(products).map((product) => product.dispose()));
  }
}

/** When a head is good enough: its probabilities change no more. */
const SOLVED = { gradientTolerance: 1e-4, maxIterations: 200 };

interface Evaluation {
  /** The mean loss with the penalty. */
  readonly value: number;
  readonly gradient: Float64Array;
}

interface WeightedTask extends HeadTask {
  /** `[width + 1, numClasses]`: the last row are the biases. */
  readonly weights: Float64Array;
}

async function evaluateHeads(
  source: RowSource,
  tasks: readonly WeightedTask[],
  { labels, numClasses, signal }: LogisticHeadsOptions,
  { forward, backward }: { readonly forward: MatrixProduct; readonly backward: MatrixProduct },
): Promise<Evaluation[]> {
  const { width } = source;
  const columns = tasks.length * numClasses;
  const joined = joinWeights(
    tasks.map(({ weights }) => weights),
    width,
    numClasses,
  );
  const losses = new Float64Array(tasks.length);
  const gradients = tasks.map(() => new Float64Array((width + 1) * numClasses));
  await eachBlock(source, signal, async (block, start, end) => {
    const rows = end - start;
    const logits = await forward.of(block, [rows, width], joined, [width, columns]);
    tasks.forEach(({ trains, weights }, index) => {
      const biases = weights.subarray(width * numClasses);
      const biasGradient = gradients[index]!.subarray(width * numClasses);
      for (let row = 0; row < rows; row++) {
        const own = logits.subarray(
          row * columns + index * numClasses,
          row * columns + (index + 1) * numClasses,
        );
        if (trains[start + row] !== 1) {
          own.fill(0);
          continue;
        }
        const label = labels[start + row]!;
        losses[index]! += softmaxLoss(own, biases, label);
        for (let c = 0; c < numClasses; c++) {
          own[c]! -= c === label ? 1 : 0;
          biasGradient[c]! += own[c]!;
        }
      }
    });
    const product = await backward.of(block, [rows, width], logits, [rows, columns]);
    gradients.forEach((gradient, index) => {
      for (let i = 0; i < width; i++) {
        for (let c = 0; c < numClasses; c++) {
          gradient[i * numClasses + c]! += product[i * columns + index * numClasses + c]!;
        }
      }
    });
  });
  return tasks.map(({ trains, penalty, weights }, index) => {
    const count = Math.max(
      1,
      trains.reduce((sum, each) => sum + each, 0),
    );
    const gradient = gradients[index]!;
    let squares = 0;
    for (let i = 0; i < width * numClasses; i++) {
      squares += weights[i]! * weights[i]!;
      gradient[i]! += penalty * weights[i]!;
    }
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= count;
    return { value: (losses[index]! + (penalty / 2) * squares) / count, gradient };
  });
}

/** Turns logits into probabilities in place. @returns The loss. */
function softmaxLoss(logits: Float32Array, biases: Float64Array, label: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) {
    logits[c]! += biases[c]!;
    max = Math.max(max, logits[c]!);
  }
  const own = logits[label]! - max;
  let sum = 0;
  for (let c = 0; c < logits.length; c++) {
    logits[c] = Math.exp(logits[c]! - max);
    sum += logits[c]!;
  }
  for (let c = 0; c < logits.length; c++) logits[c]! /= sum;
  return Math.log(sum) - own;
}

async function predict(
  source: RowSource,
  weights: readonly Float64Array[],
  { numClasses, signal, tasks }: LogisticHeadsOptions,
  forward: MatrixProduct,
): Promise<void> {
  const { width } = source;
  const columns = weights.length * numClasses;
  const joined = joinWeights(weights, width, numClasses);
  await eachBlock(source, signal, async (block, start, end) => {
    const logits = await forward.of(block, [end - start, width], joined, [width, columns]);
    tasks.forEach(({ predicts, into }, index) => {
      const biases = weights[index]!.subarray(width * numClasses);
      for (let row = start; row < end; row++) {
        if (predicts[row] !== 1) continue;
        const from = (row - start) * columns + index * numClasses;
        const own = logits.subarray(from, from + numClasses);
        softmaxLoss(own, biases, 0);
        into.set(own, row * numClasses);
      }
    });
  });
}

/** `[width, heads x numClasses]` in float32, without the biases. */
function joinWeights(weights: readonly Float64Array[], width: number, numClasses: number): Float32Array {
  const columns = weights.length * numClasses;
  const joined = new Float32Array(width * columns);
  weights.forEach((each, index) => {
    for (let i = 0; i < width; i++) {
      for (let c = 0; c < numClasses; c++)
        joined[i * columns + index * numClasses + c] = each[i * numClasses + c]!;
    }
  });
  return joined;
}
