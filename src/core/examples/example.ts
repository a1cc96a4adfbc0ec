/** @file What the engine knows of an example: what is to be learned of it. All else, its modality knows. */

/** One labeled example of a data set. A modality has its own kind, with what it reads the example from. */
export interface Example {
  /** Index into the list of class names; 0 where a target says what the example is of. */
  readonly label: number;
  /** In the place of a class: 1 for each label that the example has, else 0; or numbers. `[K]`, the same names for all. */
  readonly target?: Float32Array | undefined;
}

/** An example that was left out, with a short, stable reason: `empty file`, `truncated`, `broken link`. */
export interface SkippedExample {
  /** A path, or what else names it: `reviews.csv, line 12`. */
  readonly file: string;
  readonly reason: string;
}
