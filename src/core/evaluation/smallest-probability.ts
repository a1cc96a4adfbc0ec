/** @file What keeps a cross-entropy finite. */

/**
 * Probabilities of what is right that are below this count as this, as in Keras: one sure mistake does not make the
 * mean infinite.
 *
 * @see https://keras.io/api/utils/config_utils/ `epsilon`
 */
export const MIN_PROBABILITY = 1e-7;
