/** @file The probability above which a class or label is given, chosen by a goal: so much recall, so much precision, the best F1. */

import { GraftError } from '../errors/graft-error.ts';
import {
  computeF1,
  computePrecision,
  computeRecall,
  countPrediction,
  noCounts,
} from '../metrics/hit-counts.ts';

/** What a threshold is to reach. */
export interface ThresholdGoal {
  readonly metric: 'recall' | 'precision' | 'f1';
  /** At least, in (0, 1]; undefined for the largest, which F1 has alone. */
  readonly value?: number | undefined;
  /** Which of two classes is meant. Default the second; of labels, each. */
  readonly className?: string | undefined;
}

/** How a threshold decides on some examples. */
export interface DecisionRates {
  readonly precision: number;
  /** Null where no example is of the class. */
  readonly recall: number | null;
  readonly f1: number;
  /** Examples of the class. */
  readonly support: number;
}

/** A threshold that was chosen. */
export interface ChosenThreshold {
  /** Probability above which the class is given, in (0, 1). */
  readonly threshold: number;
  readonly rates: DecisionRates;
  /** Whether the goal is reached on the examples that it was chosen on; if not, it is as near as can be. */
  readonly isReached: boolean;
}

/** In the form `recall=0.99`, `precision=0.95,class=cats` or `f1`. */
export function formatGoal({ metric, value, className }: ThresholdGoal): string {
  const goal = value === undefined ? metric : `${metric}=${value}`;
  return className === undefined ? goal : `${goal},class=${className}`;
}

/** Reads what {@link formatGoal} writes. @throws {GraftError} `argument`. */
export function parseGoal(text: string): ThresholdGoal {
  const parts = /^(recall|precision|f1)(?:=([\d.eE+-]+))?(?:,class=(.+))?$/.exec(text.trim());
  const [, metric, number, className] = parts ?? [];
  const about = className === undefined ? {} : { className };
  const value = number === undefined ? undefined : Number(number);
  const isRate = value !== undefined && value > 0 && value <= 1;
  if (metric === 'f1' && value === undefined) return { metric, ...about };
  if ((metric === 'recall' || metric === 'precision') && isRate) return { metric, value, ...about };
  throw new GraftError('argument', {
    where: 'threshold',
    expected: 'recall=RATE or precision=RATE with a rate above 0 and up to 1, or f1',
    received: `"${text}"`,
    advice: 'As in --threshold recall=0.99.',
  });
}

/**
 * Chooses a threshold on examples: for `recall=r` the one of the best precision among those that find at least the fraction r of the
 * class; for `precision=p` the one of the best recall among those whose alarms are right in at least the fraction p; for `f1` the one of the
 * best F1. It lies in the middle between two probabilities that occur.
 *
 * @param probabilities - `[N]`, of the class or label, in [0, 1].
 * @param truths - `[N]`, 1 where an example is of it, else 0.
 */
export function chooseThreshold(
  probabilities: ArrayLike<number>,
  truths: ArrayLike<number>,
  goal: ThresholdGoal,
): ChosenThreshold {
  const order = Array.from(probabilities, (_, index) => index).sort(
    (a, b) => probabilities[b]! - probabilities[a]!,
  );
  const positives = order.filter((index) => truths[index]! > 0.5).length;
  let hits = 0;
  let best: { readonly cut: number; readonly rank: readonly number[] } | undefined;
  for (let taken = 1; taken <= order.length; taken++) {
    if (truths[order[taken - 1]!]! > 0.5) hits++;
    // Equal probabilities fall to one side.
    if (taken < order.length && probabilities[order[taken]!] === probabilities[order[taken - 1]!]) continue;
    const counts = { hits, misses: positives - hits, alarms: taken - hits };
    const [precision, recall, f1] = [computePrecision(counts), computeRecall(counts), computeF1(counts)];
    const { value = 0 } = goal;
    const rank =
      goal.metric === 'f1'
        ? [f1, precision]
        : goal.metric === 'recall'
          ? [Math.min(recall, value), precision, recall]
          : [Math.min(precision, value), recall, precision];
    if (best === undefined || isMore(rank, best.rank)) best = { cut: taken, rank };
  }
  const cut = best?.cut ?? 0;
  const threshold = between(probabilities[order[cut - 1]!] ?? 1, probabilities[order[cut]!] ?? 0);
  const rates = decisionRates(probabilities, truths, threshold);
  const reached = goal.metric === 'recall' ? (rates.recall ?? 0) : rates[goal.metric];
  return { threshold, rates, isReached: positives > 0 && reached >= (goal.value ?? 0) };
}

/** How a threshold decides. @param truths - As in {@link chooseThreshold}. */
export function decisionRates(
  probabilities: ArrayLike<number>,
  truths: ArrayLike<number>,
  threshold: number,
): DecisionRates {
  const counts = noCounts();
  for (let index = 0; index < probabilities.length; index++) {
    countPrediction(counts, probabilities[index]! > threshold, truths[index]! > 0.5);
  }
  const support = counts.hits + counts.misses;
  return {
    precision: computePrecision(counts),
    recall: support === 0 ? null : computeRecall(counts),
    f1: computeF1(counts),
    support,
  };
}

/** In the middle; never 0 or 1, which would decide before anything is seen. */
function between(above: number, below: number): number {
  const middle = (above + below) / 2;
  const held = middle < above ? middle : below;
  return Math.min(1 - 1e-6, Math.max(1e-6, held));
}

function isMore(rank: readonly number[], than: readonly number[]): boolean {
  for (const [place, value] of rank.entries()) {
    if (value !== than[place]) return value > than[place]!;
  }
  return false;
}
