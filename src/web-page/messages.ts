/** @file What the page and its worker, in which the model runs, say to each other. */

/** Something that the model is asked about. */
export interface Question {
  /** Told again in the answer. */
  readonly id: number;
  readonly input: File | ImageBitmap | string;
}

/** What the page needs to know of a model. */
export interface About {
  readonly kind: 'images' | 'texts';
  readonly names: readonly string[];
  /** Whether numbers are probabilities. Of a regression they are not. */
  readonly isProbability: boolean;
  /** Whether several names may be right at once. */
  readonly isMultiLabel: boolean;
  /** Whether it says of something that it is none of these. */
  readonly knowsUnknown: boolean;
  /** Fraction of validation examples that were right; null where it is not told. */
  readonly accuracy: number | null;
}

/** What the model says. */
export interface Answer {
  readonly id: number;
  /** In the order of the names. */
  readonly values: readonly number[];
  /** What it decided for: one class, or several labels. */
  readonly chosen: readonly string[];
  readonly unknown: boolean;
}

/** What the worker says. */
export type Message =
  | { readonly type: 'ready'; readonly about: About }
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'refusal'; readonly id: number; readonly text: string }
  | { readonly type: 'failure'; readonly text: string };
