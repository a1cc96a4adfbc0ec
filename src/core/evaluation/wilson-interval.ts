/** @file Wilson's interval: how sure one can be of an accuracy measured on few images. */

/** The 97.5% quantile of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/**
 * The 95% Wilson score interval of a proportion.
 *
 * @param successes - How many were right, 0 to `trials`.
 * @param trials - How many there were. With 0 nothing is known: `[0, 1]`.
 * @returns `[low, high]`, each in [0, 1].
 * @see Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22.
 */
export function wilsonInterval(successes: number, trials: number): readonly [number, number] {
  if (trials === 0) return [0, 1];
  const fraction = successes / trials;
  const z2 = Z_95 ** 2 / trials;
  const center = fraction + z2 / 2;
  const spread = Z_95 * Math.sqrt((fraction * (1 - fraction)) / trials + z2 / (4 * trials));
  const low = successes === 0 ? 0 : (center - spread) / (1 + z2);
  const high = successes === trials ? 1 : (center + spread) / (1 + z2);
  return [low, high];
}
