/** @file Answers of yes and no beside the truth, counted, and the rates of it. A rate of nothing is 0, as in Keras. */

/** Mutable: counts grow. */
export interface HitCounts {
  /** Yes, rightly. */
  hits: number;
  /** Yes, wrongly. */
  alarms: number;
  /** No, wrongly. */
  misses: number;
}

export const HIT_FIELDS = ['hits', 'alarms', 'misses'] as const;

export function noCounts(): HitCounts {
  return { hits: 0, alarms: 0, misses: 0 };
}

export function countPrediction(counts: HitCounts, answer: boolean, truth: boolean): void {
  if (answer && truth) counts.hits++;
  else if (answer) counts.alarms++;
  else if (truth) counts.misses++;
}

/** Of several outputs as of one. */
export function pooledCounts(each: readonly Readonly<HitCounts>[]): HitCounts {
  const sum = noCounts();
  for (const { hits, alarms, misses } of each) {
    sum.hits += hits;
    sum.alarms += alarms;
    sum.misses += misses;
  }
  return sum;
}

/** Fraction of the yeses that are right. */
export function computePrecision({ hits, alarms }: Readonly<HitCounts>): number {
  return ratio(hits, hits + alarms);
}

/** Fraction of the positives that are found. */
export function computeRecall({ hits, misses }: Readonly<HitCounts>): number {
  return ratio(hits, hits + misses);
}

/** Harmonic mean of precision and recall. */
export function computeF1({ hits, alarms, misses }: Readonly<HitCounts>): number {
  return ratio(2 * hits, 2 * hits + alarms + misses);
}

/** 0 where there is nothing to divide by. */
export function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
