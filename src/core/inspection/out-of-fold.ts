/** @file What a linear head says of each example that it did not see, trained on all others and on parts of them. */

import { indexOfLargest } from '../tensor/probabilities.ts';
import { createRandom } from '../tensor/random.ts';
import { type HeadTask, type LogisticHeadsOptions, predictByHeads } from './logistic-heads.ts';
import { type RowSource, standardizedRows } from './row-source.ts';

export interface OutOfFoldOptions extends Omit<LogisticHeadsOptions, 'tasks'> {
  /** `[N]`: the fold that an example is in, from 0; {@link NO_FOLD} for one that is left out. */
  readonly foldOf: Uint8Array;
  readonly folds: number;
  /** Parts of the training examples, ascending, each in (0, 1). Nested: a larger part has all of a smaller one. */
  readonly fractions: readonly number[];
  readonly seed: number;
  /** Rows whose labels look wrong, by a first round: a second one trains without them. */
  readonly suspects: (probabilities: Float64Array) => readonly number[];
}

export interface OutOfFold {
  /** `[N, numClasses]`: by heads that were trained on all other folds; zeros for what is in no fold. */
  readonly probabilities: Float64Array;
  /** The same by heads that were trained without the suspects. */
  readonly cleaned: Float64Array;
  /** Of each fraction: how many examples each fold trained on, and `[N]`: 1 where the prediction is the label. The last is all of them. */
  readonly parts: readonly {
    readonly fraction: number;
    readonly examples: number;
    readonly right: Uint8Array;
  }[];
  /** The L2 penalty that was best. */
  readonly penalty: number;
}

export const NO_FOLD = 255;

/** What is tried: the least loss out of fold wins. Features have deviation 1. */
const PENALTIES = [10, 100, 1000];

/** Computes the predictions. @throws The signal's reason. */
export async function predictOutOfFold(features: RowSource, options: OutOfFoldOptions): Promise<OutOfFold> {
  const { labels, numClasses, fractions, folds, foldOf, seed, signal } = options;
  const source = await standardizedRows(features, signal);
  const empty = (): Float64Array => new Float64Array(source.size * numClasses);
  const isPart = (fold: number, isInside: boolean): Uint8Array =>
    foldOf.map((own) => (own !== NO_FOLD && (own === fold) === isInside ? 1 : 0));
  const tasksOf = (penalty: number, into: Float64Array, fraction: number): HeadTask[] =>
    Array.from({ length: folds }, (_, fold) => ({
      trains: someOf(isPart(fold, false), { labels, fraction, seed: seed + fold }),
      predicts: isPart(fold, true),
      penalty,
      into,
    }));
  const tried = PENALTIES.map((penalty) => ({ penalty, probabilities: empty() }));
  const tasks = tried.flatMap(({ penalty, probabilities }) => tasksOf(penalty, probabilities, 1));
  await predictByHeads(source, { ...options, tasks });
  const losses = tried.map(({ probabilities }) => meanLoss(probabilities, options));
  const best = tried[losses.indexOf(Math.min(...losses))]!;
  const some = fractions.map((fraction) => {
    const probabilities = empty();
    return { fraction, probabilities, tasks: tasksOf(best.penalty, probabilities, fraction) };
  });
  const cleaned = empty();
  const suspects = options.suspects(best.probabilities);
  const without = tasksOf(best.penalty, cleaned, 1).map((task) => {
    const trains = task.trains.slice();
    for (const row of suspects) trains[row] = 0;
    return { ...task, trains };
  });
  await predictByHeads(source, { ...options, tasks: [...without, ...some.flatMap((each) => each.tasks)] });
  const all = { fraction: 1, probabilities: best.probabilities, tasks: tasks.slice(0, folds) };
  return {
    probabilities: best.probabilities,
    cleaned,
    penalty: best.penalty,
    parts: [...some, all].map((part) => ({
      fraction: part.fraction,
      examples: Math.round(part.tasks.reduce((sum, { trains }) => sum + countOf(trains), 0) / folds),
      right: rightOf(part.probabilities, options),
    })),
  };
}

/** The class with the largest probability, of each row. */
export function predictedClasses(probabilities: Float64Array, numClasses: number): Uint32Array {
  return Uint32Array.from({ length: probabilities.length / numClasses }, (_, row) =>
    indexOfLargest(probabilities.subarray(row * numClasses, (row + 1) * numClasses)),
  );
}

/** Of each class the same fraction, at least 1 example, in an order drawn from the seed: a larger fraction has all of a smaller one. */
function someOf(
  trains: Uint8Array,
  { labels, fraction, seed }: { labels: Uint32Array; fraction: number; seed: number },
): Uint8Array {
  if (fraction >= 1) return trains;
  const byClass = new Map<number, number[]>();
  trains.forEach((isIn, row) => {
    if (isIn === 0) return;
    const known = byClass.get(labels[row]!);
    if (known === undefined) byClass.set(labels[row]!, [row]);
    else known.push(row);
  });
  const some = new Uint8Array(trains.length);
  for (const [label, rows] of byClass) {
    const shuffled = createRandom(seed * 1009 + label).shuffle(rows);
    for (const row of shuffled.slice(0, Math.max(1, Math.round(rows.length * fraction)))) some[row] = 1;
  }
  return some;
}

function meanLoss(
  probabilities: Float64Array,
  { labels, numClasses, foldOf }: Pick<OutOfFoldOptions, 'labels' | 'numClasses' | 'foldOf'>,
): number {
  let [loss, count] = [0, 0];
  labels.forEach((label, row) => {
    if (foldOf[row] === NO_FOLD) return;
    loss -= Math.log(Math.max(1e-7, probabilities[row * numClasses + label]!));
    count++;
  });
  return loss / Math.max(1, count);
}

function rightOf(
  probabilities: Float64Array,
  { labels, numClasses, foldOf }: Pick<OutOfFoldOptions, 'labels' | 'numClasses' | 'foldOf'>,
): Uint8Array {
  const predicted = predictedClasses(probabilities, numClasses);
  return Uint8Array.from(labels, (label, row) =>
    foldOf[row] !== NO_FOLD && predicted[row] === label ? 1 : 0,
  );
}

function countOf(mask: Uint8Array): number {
  return mask.reduce((sum, each) => sum + each, 0);
}
