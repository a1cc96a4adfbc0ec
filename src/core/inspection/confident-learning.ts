/**
 * @file Which labels are likely wrong: confident learning, from probabilities of a model that did not see the example.
 *
 * @see Northcutt, Jiang, Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, 2021; cleanlab 2.9,
 *   `find_label_issues` with `prune_by_noise_rate`, whose results these are
 */

/** Labels, and what a model that did not see them says. */
export interface OutOfFoldPredictions {
  /** `[N]`: the given classes, from 0. */
  readonly labels: Uint32Array;
  /** `[N, numClasses]`, row-major: probabilities, each from a model that was trained without the example. */
  readonly probabilities: Float64Array;
  readonly numClasses: number;
}

/** A label that is likely wrong. */
export interface LabelIssue {
  /** Place among the examples. */
  readonly row: number;
  /** The class that is more likely. */
  readonly suggested: number;
  /** 1 less the probability of the given class, 0 to 1: the larger, the less likely is the given label. */
  readonly score: number;
}

/** So many examples of each class are left without an issue. */
const MIN_PER_CLASS = 1;
/** What is nearer than that is equal. */
const TOLERANCE = 1e-6;

/** The likely errors, the likeliest first. */
export function findLabelIssues({ labels, probabilities, numClasses }: OutOfFoldPredictions): LabelIssue[] {
  const joint = countsToPrune(confidentJoint({ labels, probabilities, numClasses }));
  const rowsOf: number[][] = Array.from({ length: numClasses }, () => []);
  labels.forEach((label, row) => void rowsOf[label]!.push(row));
  const at = (row: number, index: number): number => probabilities[row * numClasses + index]!;
  const flagged = new Set<number>();
  rowsOf.forEach((rows, given) => {
    if (rows.length <= MIN_PER_CLASS) return;
    for (let other = 0; other < numClasses; other++) {
      const count = joint[given]![other]!;
      if (other === given || count <= 0) continue;
      // Those whose probability of the other class exceeds that of the given one the most.
      const margin = (row: number): number => at(row, other) - at(row, given);
      const ordered = rows.toSorted((a, b) => margin(b) - margin(a));
      for (const row of ordered.slice(0, count)) flagged.add(row);
    }
  });
  return [...flagged]
    .map((row): LabelIssue & { readonly isPredicted: boolean } => {
      const given = labels[row]!;
      let suggested = 0;
      for (let k = 1; k < numClasses; k++) {
        if (
          at(row, k) + (k === given ? TOLERANCE : 0) >
          at(row, suggested) + (suggested === given ? TOLERANCE : 0)
        ) {
          suggested = k;
        }
      }
      return { row, suggested, score: 1 - at(row, given), isPredicted: suggested === given };
    })
    .filter(({ isPredicted }) => !isPredicted)
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .map(({ row, suggested, score }) => ({ row, suggested, score }));
}

/**
 * How many examples of each given class (rows) are, as it seems, of each true class (columns); rows sum to the number of
 * examples of the class.
 */
export function confidentJoint({ labels, probabilities, numClasses }: OutOfFoldPredictions): number[][] {
  const counts = new Array<number>(numClasses).fill(0);
  const sums = new Array<number>(numClasses).fill(0);
  labels.forEach((label, row) => {
    counts[label]!++;
    sums[label]! += probabilities[row * numClasses + label]!;
  });
  // A class that nobody has is never chosen.
  const thresholds = sums.map((sum, k) => (counts[k]! > 0 ? Math.max(sum / counts[k]!, 2 * TOLERANCE) : 2));
  const joint = thresholds.map(() => new Array<number>(numClasses).fill(0));
  labels.forEach((given, row) => {
    const own = probabilities.subarray(row * numClasses, (row + 1) * numClasses);
    const confident: number[] = [];
    own.forEach((value, k) => {
      if (value >= thresholds[k]! - TOLERANCE) confident.push(k);
    });
    if (confident.length === 0) return;
    const guess = confident.length === 1 ? confident[0]! : own.indexOf(Math.max(...own));
    joint[given]![guess]!++;
  });
  joint.forEach((row, k) => {
    row[k] = Math.max(1, row[k]!);
  });
  const scaled = joint.map((row, k) => row.map((value) => (value / total(row)) * counts[k]!));
  const all = total(scaled.map(total));
  return scaled.map((row) => roundKeepingSum(row.map((value) => (value / all) * labels.length)));
}

/** Leaves some examples in each class, and takes them from the counts of errors alike. */
function countsToPrune(joint: readonly (readonly number[])[]): number[][] {
  return joint.map((row, given) => {
    const lacking = Math.max(0, MIN_PER_CLASS - row[given]!);
    const others = Math.max(1, row.filter((value) => value !== 0).length - 1);
    return row.map((value, k) =>
      k === given ? value + lacking : Math.trunc(Math.max(0, value - lacking / others)),
    );
  });
}

/** Whole numbers near the given ones, whose sum is that of the given ones, rounded. */
function roundKeepingSum(values: readonly number[]): number[] {
  const whole = values.map(roundHalfToEven);
  let difference = roundHalfToEven(total(values)) - total(whole);
  while (Math.abs(difference) > TOLERANCE) {
    const step = Math.sign(difference);
    // Of equal ones NumPy's sort, which is turned round, has the last first.
    const order = [...values.keys()].sort((a, b) => values[a]! - whole[a]! - (values[b]! - whole[b]!));
    if (step > 0) order.reverse();
    for (const index of order.slice(0, Math.abs(difference))) whole[index]! += step;
    difference = roundHalfToEven(total(values)) - total(whole);
  }
  return whole;
}

/** As NumPy rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
