/** @file The L2 penalty of a linear layer by cross-validation: each fold's optimum at every penalty, all folds at once. */

import type { Random } from '../../tensor/random.ts';
import { Lbfgs } from './lbfgs.ts';
import { evaluateLinear, type LinearData } from './linear-objective.ts';
import type { LinearProducts } from './linear-products.ts';

/** What a penalty came to. */
export interface L2Score {
  readonly l2: number;
  /** Mean loss of all rows, each by the layer that was solved without its fold. */
  readonly heldOutLoss: number;
}

export interface L2Choice {
  readonly l2: number;
  /** Of all that were tried, from the strongest. */
  readonly scores: readonly L2Score[];
}

const FOLDS = 5;
/** Half decades, from the strongest, each from the optimum of the one before. */
const PENALTIES: readonly number[] = Array.from({ length: 15 }, (_, i) => 10 ** (1.5 - i / 2));
/** So many penalties in a row that do worse end the search: the held-out loss has one valley. */
const MAX_WORSE = 2;
/** A fold's loss is settled long before its weights are. */
const FOLD_TOLERANCE = 1e-4;
const FOLD_ITERATIONS = 60;

/**
 * Chooses among half decades by the held-out loss.
 *
 * @param turn - Awaited between passes over the features; what it throws ends the search.
 */
export async function chooseL2(
  data: LinearData,
  products: LinearProducts,
  random: Random,
  turn: () => Promise<void>,
): Promise<L2Choice> {
  const { rows, outputs } = data;
  const count = Math.min(FOLDS, rows.size);
  const folded: LinearData = { ...data, folds: dealFolds(rows.set.labels, count, random) };
  let points: Float64Array[] = Array.from(
    { length: count },
    () => new Float64Array((rows.width + 1) * outputs),
  );
  const scores: L2Score[] = [];
  let best: L2Score | undefined;
  for (const l2 of PENALTIES) {
    const solved = await solveFolds(folded, products, points, l2, turn);
    points = solved.points;
    const score = { l2, heldOutLoss: solved.heldOutLoss };
    scores.push(score);
    if (best === undefined || score.heldOutLoss < best.heldOutLoss) best = score;
    if (scores.slice(-MAX_WORSE).every((each) => each.heldOutLoss > best!.heldOutLoss)) break;
  }
  return { l2: best!.l2, scores };
}

async function solveFolds(
  data: LinearData,
  products: LinearProducts,
  starts: readonly Float64Array[],
  l2: number,
  turn: () => Promise<void>,
): Promise<{ readonly points: Float64Array[]; readonly heldOutLoss: number }> {
  const options = { gradientTolerance: FOLD_TOLERANCE, maxIterations: FOLD_ITERATIONS };
  const solvers = starts.map((start) => new Lbfgs(start, options));
  const losses = starts.map(() => 0);
  const isOpen = (fold: number): boolean => solvers[fold]!.ended === undefined;
  for (let open = [...solvers.keys()]; open.length > 0; open = open.filter(isOpen)) {
    await turn();
    const problems = open.map((heldOut) => ({ l2, heldOut }));
    const points = open.map((fold) => solvers[fold]!.trial);
    const values = await evaluateLinear(data, products, problems, points);
    open.forEach((fold, i) => {
      const { value, gradient, heldOutLoss } = values[i]!;
      if (solvers[fold]!.tell(value, gradient)) losses[fold] = heldOutLoss;
    });
  }
  return {
    points: solvers.map(({ point }) => point),
    heldOutLoss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
  };
}

/** Each class goes round the folds. */
function dealFolds(labels: Uint32Array, count: number, random: Random): Uint8Array {
  const order = random.shuffle(new Uint32Array(labels.length).map((_, row) => row));
  order.sort((a, b) => labels[a]! - labels[b]!);
  const folds = new Uint8Array(labels.length);
  order.forEach((row, position) => {
    folds[row] = position % count;
  });
  return folds;
}
