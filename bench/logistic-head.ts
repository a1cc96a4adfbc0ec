/** @file A logistic head on features: trained the same way on whatever features it is given, without any chance. */

/** Rows of features with their classes, 0 or 1. */
export interface LabelledRows {
  /** `[rows, width]`. */
  readonly features: Float32Array;
  readonly width: number;
  readonly labels: readonly number[];
}

export interface HeadFigures {
  /** Share of right answers. */
  readonly accuracy: number;
  /** Mean binary cross-entropy. */
  readonly loss: number;
}

const STEPS = 250;
const RATE = 0.02;
const WEIGHT_DECAY = 1e-3;

/** Trains on some rows and evaluates on others: full batches, Adam, features centered and scaled by what is trained on. */
export function evaluateHead(
  data: LabelledRows,
  train: readonly number[],
  evaluated: readonly number[],
): HeadFigures {
  const logit = trainHead(data, train);
  const rows = evaluated.map((row) => ({ logit: logit(row), label: data.labels[row]! }));
  const right = rows.filter((each) => each.logit > 0 === (each.label === 1)).length;
  const loss = rows.reduce(
    (sum, each) => sum + Math.log1p(Math.exp(each.label ? -each.logit : each.logit)),
    0,
  );
  return { accuracy: right / rows.length, loss: loss / rows.length };
}

function trainHead({ features, width, labels }: LabelledRows, rows: readonly number[]) {
  const mean = new Float64Array(width);
  for (const row of rows)
    for (let j = 0; j < width; j++) mean[j]! += features[row * width + j]! / rows.length;
  let variance = 0;
  for (const row of rows) {
    for (let j = 0; j < width; j++) variance += (features[row * width + j]! - mean[j]!) ** 2;
  }
  const factor = 1 / Math.sqrt(variance / (rows.length * width) + 1e-12);
  const weights = new Float64Array(width + 1);
  const [first, second] = [new Float64Array(width + 1), new Float64Array(width + 1)];
  const logit = (row: number): number => {
    let sum = weights[width]!;
    for (let j = 0; j < width; j++) sum += weights[j]! * (features[row * width + j]! - mean[j]!) * factor;
    return sum;
  };
  for (let step = 1; step <= STEPS; step++) {
    const gradient = Float64Array.from(weights, (weight, j) => (j < width ? WEIGHT_DECAY * weight : 0));
    for (const row of rows) {
      const error = (1 / (1 + Math.exp(-logit(row))) - labels[row]!) / rows.length;
      for (let j = 0; j < width; j++) {
        gradient[j]! += error * (features[row * width + j]! - mean[j]!) * factor;
      }
      gradient[width]! += error;
    }
    gradient.forEach((slope, j) => {
      first[j] = 0.9 * first[j]! + 0.1 * slope;
      second[j] = 0.999 * second[j]! + 0.001 * slope * slope;
      const direction = first[j]! / (1 - 0.9 ** step);
      weights[j]! -= (RATE * direction) / (Math.sqrt(second[j]! / (1 - 0.999 ** step)) + 1e-8);
    });
  }
  return logit;
}
