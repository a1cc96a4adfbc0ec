/** @file Classes or labels by their probability. */

/** A class or label with its probability. */
export interface Ranked {
  readonly label: string;
  readonly probability: number;
}

/** The most probable first. */
export function rankClasses(names: readonly string[], values: ArrayLike<number>): Ranked[] {
  return Array.from(values, (probability, index) => ({ label: names[index]!, probability })).sort(
    (a, b) => b.probability - a.probability,
  );
}

/** An object cannot keep the order: names of digits come first in it. */
export function byLabel(ranked: readonly Ranked[]): Record<string, number> {
  return Object.fromEntries(ranked.map(({ label, probability }) => [label, probability]));
}
