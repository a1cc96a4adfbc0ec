/** @file What a trained model knows of its own sureness: plain data, as it goes into a model file and into reports. */

import type { CalibrationBin } from '../../core/evaluation/calibration.ts';
import type { ConformalScores } from '../../core/evaluation/conformal.ts';
import type { DecisionRates } from '../../core/evaluation/decision-threshold.ts';

/** How well probabilities say how often predictions are right. */
export interface Reliability {
  /** Mean cross-entropy, natural logarithm. */
  readonly loss: number;
  /** Expected calibration error (ECE), in [0, 1]. */
  readonly error: number;
  /** For a reliability diagram: 15, of equal width. */
  readonly bins: readonly CalibrationBin[];
}

/** Reliability on a set of examples, without and with the temperature. */
export interface BeforeAndAfter {
  readonly before: Reliability;
  readonly after: Reliability;
}

/** The temperature that logits are divided by, in the model's graph. */
export interface CalibrationFacts {
  /** Above 1 the network was too sure; 1 where none was fitted. */
  readonly temperature: number;
  /** Validation examples that it was fitted on. */
  readonly examples: number;
  /** On these same examples: what is told of after is a little too good. */
  readonly validation: BeforeAndAfter;
  /** On examples that nothing was chosen by. */
  readonly test?: BeforeAndAfter | undefined;
}

/** How many good examples of a set are taken for unknown ones. */
export interface RejectedExamples {
  readonly examples: number;
  readonly rejected: number;
}

/** What examples are that are like none of the training. */
export interface UnknownFacts {
  /** Similarity is the cosine to the k-th nearest of the training examples that are kept. */
  readonly k: number;
  /** An example that is less similar is unknown. In [-1, 1]. */
  readonly threshold: number;
  /** Fraction of good examples that may be taken for unknown, in (0, 1): what the threshold was chosen for. */
  readonly rate: number;
  /** Training examples whose features are in the model file. */
  readonly kept: number;
  readonly trainingExamples: number;
  readonly validation: RejectedExamples;
  readonly test?: RejectedExamples | undefined;
}

/** The probability above which one class or label is given, and how it decides. */
export interface ClassThreshold {
  readonly className: string;
  /** In (0, 1). */
  readonly threshold: number;
  /** Whether the goal is reached on the validation examples, by which it was chosen. */
  readonly isReached: boolean;
  readonly validation: DecisionRates;
  readonly test?: DecisionRates | undefined;
}

/** Thresholds by a goal: one of two classes, or one for each label. */
export interface DecisionFacts {
  /** `recall=0.99`, `precision=0.95`, `f1` */
  readonly goal: string;
  readonly thresholds: readonly ClassThreshold[];
}

/** What a model file says of how sure the model is. What could not be had is left out. */
export interface ConfidenceFacts {
  readonly calibration?: CalibrationFacts | undefined;
  readonly unknown?: UnknownFacts | undefined;
  /** For prediction sets. */
  readonly conformal?: ConformalScores | undefined;
  readonly decision?: DecisionFacts | undefined;
}

/** Features of training examples, for the similarity that the model's graph computes. */
export interface Gallery {
  /** Which of the model's tensors they are of, by place among `model.tensors`. */
  readonly tensor: number;
  /** `[width, kept]`, row-major, the bits of float16: each column a vector of length 1. */
  readonly features: Uint16Array;
  readonly width: number;
  readonly kept: number;
  readonly k: number;
}

/** What the trained model gives for examples that it did not train on: test examples where there are some, else those that validate. */
export interface HeldOutOutputs {
  readonly set: 'validation' | 'test';
  /** `[N, classes]`, row-major, of the readable examples in their order: what the model file gives, but for rounding. */
  readonly values: Float32Array;
  /** `[N]`, where the model file tells them. */
  readonly similarities?: Float32Array | undefined;
  /** Of some of them, where they were asked for. */
  readonly explanations?: readonly HeldOutExplanation[] | undefined;
}

/** What in an example speaks for a class. */
export interface HeldOutExplanation {
  /** Row of the example among the outputs. */
  readonly example: number;
  /** Of the class, label or value. */
  readonly index: number;
  /** Where each piece of the example ends, ascending: of a text in UTF-16 code units. */
  readonly ends: readonly number[];
  /** By how much the class's log-odds, or the value, fall without each piece. */
  readonly scores: readonly number[];
}

/** What is found out at the end of a training. */
export interface Confidence extends ConfidenceFacts {
  readonly gallery?: Gallery | undefined;
  /** What was not done, and why, in sentences. */
  readonly notes: readonly string[];
}
