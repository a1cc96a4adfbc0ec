/** @file What a task is: all that follows from what is learned of an image. One file beside this one for each. */

import type { TargetKind } from '../../core/examples/labels/label-columns.ts';
import type { Sample } from '../../core/examples/sample.ts';
import type { FeatureSet } from '../../core/features/feature-set.ts';
import type { MetricOption } from '../../core/fit/metric-names.ts';
import type { TargetScale } from '../../core/fit/target-scale.ts';
import type { Loss } from '../../core/losses/loss.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { TrainingStep } from '../../core/steps/training-step.ts';

/** @typeParam Metrics - What tells how good a model is. @typeParam Prediction - What a model says of one image. */
export interface TaskDefinition<Name extends string, Metrics, Prediction, LossName extends string = never> {
  /** As recipes, flags and model files have it. */
  readonly name: Name;
  /** Former names, which are still read. */
  readonly aliases: readonly string[];
  /** The ground truth of an image. */
  readonly targets: TargetKind;
  /** Whether a target is learned with mean 0 and deviation 1, and given in its own unit afterwards. */
  readonly standardizesTargets: boolean;
  readonly words: TaskWords;
  readonly huggingFace: HuggingFaceWords;
  readonly output: TaskOutput;
  /** What is told of an image, beside each class, label or value: the keys of a prediction. */
  readonly columns: readonly string[];
  /** Told of every epoch, beside the loss. */
  readonly metrics: readonly MetricOption[];
  /** Losses that a recipe may choose; none where the targets say which. */
  readonly losses: readonly LossName[];
  /** What of a recipe has a meaning here. */
  readonly accepts: {
    readonly balance: boolean;
    readonly labelSmoothing: boolean;
    /** Whether a prediction depends on a probability above which something is given. */
    readonly threshold: boolean;
  };
  /** @param names - How many classes, labels or values there are. */
  head(names: number): HeadOutput;
  /** @param names - How many classes, labels or values there are. */
  loss(names: number, settings: LossSettings<LossName>): Loss;
  /** Measures the present weights of a step on a set, dropout off. */
  evaluate(step: TrainingStep, set: FeatureSet, context: EvaluationContext): Promise<Evaluation<Metrics>>;
  /**
   * Measures what a model file gave for images.
   *
   * @param outputs - `[N, names]`, row-major.
   */
  measure(outputs: Float32Array, samples: readonly Sample[], context: PredictionContext): Metrics;
  /** @param outputs - `[names]`, of one image. */
  predict(outputs: ArrayLike<number>, context: PredictionContext): Prediction;
}

/** How people speak of it. */
export interface TaskWords {
  readonly one: string;
  readonly several: string;
  /** What a model gives: `a model of classes`. */
  readonly gives: string;
  /** What a model is: `a classifier`. */
  readonly model: string;
  /** What an exported model gives. @param outputs - How many there are for an image. */
  exported(names: readonly string[], outputs: number): string;
}

/** What Hugging Face calls it. */
export interface HuggingFaceWords {
  /** `problem_type` of a `config.json`. */
  readonly problemType: string;
  /** `pipeline_tag` of a model card, by what an example is. */
  readonly pipelines: { readonly image: string; readonly text: string };
}

/** What comes out of a model file. */
export interface TaskOutput {
  readonly name: 'probabilities' | 'predictions';
  /** What earlier versions called it, whose files are still read. */
  readonly formerNames?: readonly string[] | undefined;
  /** Probabilities of all classes, also where one sigmoid tells two apart; or the head's own output. */
  readonly kind: 'probabilities' | 'features';
  /** Whether all lie in [0, 1]. */
  readonly isProbability: boolean;
}

/** The last Dense layer of a head. */
export interface HeadOutput {
  readonly units: number;
  readonly activation: 'sigmoid' | 'softmax' | 'linear';
}

/** What of a recipe the loss depends on. */
export interface LossSettings<LossName extends string = string> {
  readonly loss: LossName | null;
  readonly labelSmoothing: number;
  readonly mixup: number | null;
  readonly cutmix: number | null;
}

/** How outputs become decisions. */
export interface DecisionOptions {
  /** What logits of classes are divided by. Default 1. */
  readonly temperature?: number | undefined;
  /** Probability above which a class or label is given, for each that has one of its own. Default none. */
  readonly thresholds?: ReadonlyMap<string, number> | undefined;
}

export interface EvaluationContext extends RuntimeOptions, DecisionOptions {
  /** Of classes, labels or values. */
  readonly names: readonly string[];
  /** Of values that were learned in another unit than their own. */
  readonly scale: TargetScale | undefined;
}

export interface Evaluation<Metrics> {
  readonly metrics: Metrics;
  /** Of every image, whether its class is right: 1 or 0. Empty where there are no classes. */
  readonly right: Uint8Array;
}

export interface PredictionContext extends Pick<DecisionOptions, 'thresholds'> {
  /** Of classes, labels or values. */
  readonly names: readonly string[];
  /** Probability above which an image has a label. Undefined where there is none. */
  readonly threshold?: number | undefined;
  /** How many classes or labels are told, the most probable first, >= 1. Default all. */
  readonly top?: number | undefined;
}
