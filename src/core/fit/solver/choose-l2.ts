/** @file The L2 penalty of a linear layer by cross-validation: each fold's optimum at every penalty, all folds at once. */

import type { Random } from '../../tensor/random.ts';
import { Lbfgs } from './lbfgs.ts';
import { evaluateLinear, type LinearData, type LinearProblem } from './linear-objective.ts';
import type { LinearProducts } from './linear-products.ts';

/** What a penalty came to. */
export interface L2Score {
  readonly l2: number;
  /** Mean loss of all rows, each by the layer that was solved without its fold. */
  readonly heldOutLoss: number;
}

export interface FoldedData extends LinearData {
  /** The fold of every row, from 0. */
  readonly folds?: Uint8Array | undefined;
}

export interface L2Choice {
  readonly l2: number;
  /** Of all that were tried, from the strongest. */
  readonly scores: readonly L2Score[];
  /** The optimum without each of the folds that were solved, in the order of the folds. */
  readonly points: readonly Float64Array[];
}

const FOLDS = 5;
/** Products of numbers in a pass over the features, for each fold: where there are more, one fold of five tells enough. */
const PRODUCTS = 1e8;
/** Where the search begins. Features are standardized, so that the best lies near, whatever the network. */
const FIRST = -3;
/** Half decades, of which the search does not leave these. */
const [MIN, MAX] = [-6, 3];
/** A fold's loss is settled long before its weights are. */
const FOLD_TOLERANCE = 1e-3;
const FOLD_ITERATIONS = 40;

/**
 * Chooses among half decades by the held-out loss, which has one valley: from a usual penalty to weaker ones, as long as they do
 * better, else to stronger ones.
 *
 * @param data - Its folds are all solved; without any, five are dealt, of which a large set solves one.
 * @param turn - Awaited between passes over the features; what it throws ends the search.
 */
export async function chooseL2(
  data: FoldedData,
  products: LinearProducts,
  random: Random,
  turn: () => Promise<void>,
): Promise<L2Choice> {
  const { rows, outputs } = data;
  const folds = data.folds ?? dealFolds(rows.set.labels, Math.min(FOLDS, rows.size), random);
  const dealt = 1 + folds.reduce((a, b) => Math.max(a, b), 0);
  const affordable = Math.round(PRODUCTS / (rows.size * rows.width * outputs));
  const count = data.folds ? dealt : Math.max(1, Math.min(dealt, affordable));
  const learns = Array.from({ length: count }, (_, heldOut) =>
    folds.map((fold) => (fold === heldOut ? 0 : 1)),
  );
  const zeros = Array.from({ length: count }, () => new Float64Array((rows.width + 1) * outputs));
  const scores: L2Score[] = [];
  const solve = async (exponent: number, starts: readonly Float64Array[]): Promise<Solved> => {
    const l2 = 10 ** (exponent / 2);
    const { points, heldOutLoss } = await solveFolds(
      data,
      products,
      learns.map((own) => ({ l2, learns: own })),
      starts,
      turn,
    );
    scores.push({ l2, heldOutLoss });
    return { points, heldOutLoss, exponent };
  };
  const first = await solve(FIRST, zeros);
  let best = first;
  for (const step of [-1, 1]) {
    for (let exponent = FIRST + step; exponent >= MIN && exponent <= MAX; exponent += step) {
      const next = await solve(exponent, best.points);
      if (!(next.heldOutLoss < best.heldOutLoss)) break;
      best = next;
    }
    if (best !== first) break;
  }
  const { points, exponent } = best;
  return { l2: 10 ** (exponent / 2), scores: scores.toSorted((a, b) => b.l2 - a.l2), points };
}

interface Solved {
  readonly points: readonly Float64Array[];
  readonly heldOutLoss: number;
  readonly exponent: number;
}

async function solveFolds(
  data: LinearData,
  products: LinearProducts,
  problems: readonly LinearProblem[],
  starts: readonly Float64Array[],
  turn: () => Promise<void>,
): Promise<{ readonly points: readonly Float64Array[]; readonly heldOutLoss: number }> {
  const options = { gradientTolerance: FOLD_TOLERANCE, maxIterations: FOLD_ITERATIONS };
  const solvers = starts.map((start) => new Lbfgs(start, options));
  const losses = starts.map(() => 0);
  const isOpen = (fold: number): boolean => solvers[fold]!.ended === undefined;
  for (let open = [...solvers.keys()]; open.length > 0; open = open.filter(isOpen)) {
    await turn();
    const values = await evaluateLinear(
      data,
      products,
      open.map((fold) => problems[fold]!),
      open.map((fold) => solvers[fold]!.trial),
    );
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
