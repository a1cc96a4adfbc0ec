/** @file Runs and what their models say, as the pages see them. */

import type { TokenAttribution } from '../../artifacts/explain/token-attributions.ts';
import type { ThresholdPoint } from '../../core/evaluation/threshold-curves.ts';
import type { TrainedConfidence } from '../../events/confidence-report.ts';
import type { MetricsSummary } from '../../events/metrics-report.ts';
import type { EpochEvent } from '../../events/training-event.ts';
import type { ComparedPair } from '../../runs/model-comparison.ts';
import type { ImageRow } from './project-state.ts';
import type { RecipeChoice } from './training-state.ts';

/** A run's folder. */
export interface RunSummary {
  /** The folder's name. */
  readonly run: string;
  /** Whether it has a model; else it was not finished and can be resumed. */
  readonly hasModel: boolean;
  readonly canResume: boolean;
  /** When its model was written, milliseconds since 1970; null without one. */
  readonly endedMs: number | null;
  /** Whether it tells one of several classes, and not labels or values. */
  readonly tellsClasses: boolean;
  readonly modality: 'image' | 'text';
  readonly classNames: readonly string[];
  readonly epochs: number;
  /** From 1; its weights are those of the model. */
  readonly bestEpoch: number;
  readonly train: Partial<MetricsSummary> | null;
  readonly validation: Partial<MetricsSummary> | null;
  readonly test: Partial<MetricsSummary> | null;
  readonly backbone: string;
  /** What of the recipe differs from the defaults, as the command line has it. */
  readonly flags: string;
  /** The same for a training of the same recipe; null where the studio cannot start that, since it names files. */
  readonly choice: RecipeChoice | null;
  /** What a person wrote beside it. */
  readonly note: string;
  /** All combinations that were tried, where the run is the best one of a sweep. */
  readonly sweep?: SweepSummary | undefined;
  readonly modelBytes: number;
  /** Why the model file cannot be used. */
  readonly error: string | null;
}

/** Combinations of a sweep, measured on the same examples. */
export interface SweepSummary {
  /** The best first. */
  readonly rows: readonly SweptRow[];
  /** Combinations that came to nothing. */
  readonly failed: number;
  /** Accuracy to be expected of the best on new examples, which it was not chosen by; null where that was not estimated. */
  readonly expected: { readonly accuracy: number; readonly interval: readonly [number, number] } | null;
}

export interface SweptRow {
  /** What differs among the rows, as the command line has it: `head`, `linear`. */
  readonly varied: readonly (readonly [name: string, value: string])[];
  readonly accuracy: number;
  /** 95% Wilson interval. */
  readonly interval: readonly [low: number, high: number];
  readonly parameters: number;
  readonly seconds: number;
  /** Whether it is worse than the best by more than chance; null for the best. */
  readonly isWorse: boolean | null;
}

/** The epochs of a run, from its history. */
export type RunHistory = readonly Pick<EpochEvent, 'epoch' | 'metrics'>[];

/** What a model says of the project's images. */
export interface RunResults {
  readonly run: string;
  readonly status: 'none' | 'asking' | 'there' | 'failed';
  readonly error: string | null;
  readonly classNames: readonly string[];
  /** Images of which the model was asked. */
  readonly images: number;
  /** Images that were added since. */
  readonly unasked: number;
  /** Images that are unlike all that the model was trained on; null if the model cannot tell. */
  readonly unknown: number | null;
  /** `confusion[truth][prediction]` on images that the model has not seen, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[];
  readonly heldOut: number;
  readonly heldOutRight: number;
  /** 95% Wilson interval of the accuracy on them; null without any. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Accuracy on the same images of always predicting the most frequent class. */
  readonly baseline: number | null;
  readonly perClass: readonly {
    readonly className: string;
    readonly precision: number | null;
    readonly recall: number | null;
    readonly support: number;
  }[];
}

/** What a model says of an image of the project, and why. */
export interface ImageExplanation {
  /** In the order of the classes. */
  readonly probabilities: TryResult['probabilities'];
  readonly unknown?: boolean | undefined;
  /** Why there is no heat map; null where there is one. */
  readonly noHeatMap: string | null;
  /** How much each word speaks for the class that was asked about, in log-odds. Only of texts. */
  readonly tokens?: readonly TokenAttribution[] | undefined;
}

/** An image that the model was trained on, and that its network sees as like another one. */
export interface NeighborImage {
  readonly row: ImageRow;
  /** Cosine of their features, in [-1, 1]. */
  readonly similarity: number;
}

/** How sure a model is on sets of examples, and whether rightly, as its file tells. */
export type RunConfidence = TrainedConfidence;

/** What every threshold of one class would give, on images that the model has not seen, by the labels that they have now. */
export interface ThresholdChoice {
  readonly className: string;
  /** Images of the class, and all others. */
  readonly positives: number;
  readonly negatives: number;
  /** From the highest threshold to the lowest, some hundreds; empty where one of both is missing. */
  readonly points: readonly ThresholdPoint[];
  readonly auc: number | null;
  readonly averagePrecision: number | null;
}

/** Two runs on the same images: those of the project that neither was trained on, by the labels that they have now. */
export interface RunComparison {
  readonly status: RunResults['status'];
  readonly error: string | null;
  readonly images: number;
  readonly accuracy: readonly [first: number, second: number];
  /** Images of which they say different things. */
  readonly differing: number;
  /** Null without images. */
  readonly pair: ComparedPair | null;
}

/** What a model says of one image. */
export interface TryResult {
  /** In the order of the classes. */
  readonly probabilities: readonly { readonly className: string; readonly probability: number }[];
  /** Whether it is unlike all that the model was trained on; undefined if the model cannot tell. */
  readonly unknown?: boolean | undefined;
  /** How much each word speaks for the predicted class, in log-odds. Only of texts. */
  readonly tokens?: readonly TokenAttribution[] | undefined;
}

/** What was exported. */
export interface ExportResult {
  readonly format: string;
  /** Where it lies, for people. */
  readonly out: string;
  readonly files: readonly string[];
  /** Between the probabilities of what was written and those of the model file; null for a copy. */
  readonly largestDifference: number | null;
}

/** A field of the recipe, for the form. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  readonly group: string;
  readonly flag: string;
  readonly description: string;
  /** What is taken where nothing is chosen. */
  readonly otherwise: string;
  readonly choices: readonly string[] | null;
  readonly isNumber: boolean;
}

/** What a training would need. */
export interface Preflight {
  readonly command: string;
  readonly notes: readonly string[];
  /** Why it cannot begin. */
  readonly error: string | null;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Null, as what follows, where the engine cannot tell. */
  readonly features: { readonly total: number; readonly cached: number } | null;
  readonly seconds: number | null;
  readonly memoryBytes: number | null;
}
