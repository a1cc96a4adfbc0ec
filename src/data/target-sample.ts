/** @file A picture whose answer is not one class: any number of labels, or numbers. */

/** One picture with what is to be said of it; beside `Sample`, whose answer is the index of a class. */
export interface TargetSample {
  /** Absolute path. */
  readonly file: string;
  /** `[K]`: 1 for each label that the picture has, else 0; or K numbers. The same names for all pictures. */
  readonly target: Float32Array;
}
