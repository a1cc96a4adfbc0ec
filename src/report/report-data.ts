/** @file What a report of a run tells, as plain data: gathered by `reportRun`, drawn by `reportPage` and `modelCard`. */

import type { TokenAttribution } from '../artifacts/explain/token-attributions.ts';
import type { AnyModelInfo } from '../artifacts/model-info.ts';
import type { Calibration } from '../core/evaluation/calibration.ts';
import type { ThresholdCurves } from '../core/evaluation/threshold-curves.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import type { PhotoProps } from '../ui/photos.tsx';

/** A model that a recipe made. */
export type ReportedInfo = Extract<AnyModelInfo, { readonly backbone: unknown }>;

export interface RunReportData {
  /** What the run is called: its folder's name. */
  readonly name: string;
  readonly info: ReportedInfo;
  /** One of them: `image`. */
  readonly one: 'image' | 'text';
  readonly history: readonly EpochRecord[];
  /** The command that trains it again. */
  readonly command: string;
  /** SHA-256 of the model file. */
  readonly modelSha256: string;
  readonly modelBytes: number;
  /** What the run wrote of itself when it ended. Earlier versions wrote nothing. */
  readonly recorded?: RecordedTraining | undefined;
  /** What was found of the data now. */
  readonly data: FoundData;
  /** What the model says of examples with known labels. */
  readonly measured?: MeasuredExamples | undefined;
}

/** What a run leaves of its training, in `training.json`. */
export interface RecordedTraining {
  /** The folder or table, as it was given. */
  readonly data: string;
  /** SHA-256 over the hashes of all training examples. */
  readonly dataSha256?: string | undefined;
  readonly seconds: { readonly features: number; readonly training: number; readonly total: number };
  readonly peakMemoryBytes: number;
  readonly parameters: { readonly total: number; readonly trainable: number };
  readonly ended: 'epochs' | 'early-stopping' | 'interrupted';
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  readonly duplicates: {
    readonly images: number;
    readonly distinct: number;
    readonly differing: number;
    readonly sets: readonly { readonly set: string; readonly trained: number }[];
    readonly groups: readonly {
      readonly images: readonly {
        readonly file: string;
        readonly set: string;
        readonly label?: string | undefined;
      }[];
      readonly differ: boolean;
    }[];
    /** Of texts: of each set those that are nearly the same as one that is trained on. */
    readonly near?:
      | { readonly sets: readonly { readonly set: string; readonly examples: number }[] }
      | undefined;
  };
}

/** The data as they are now. */
export interface FoundData {
  /** Why there are none to show; undefined where they are there. */
  readonly missing?: string | undefined;
  /** What is not as it was when the model was trained. */
  readonly changes: readonly string[];
  readonly sets: readonly FoundSet[];
  /** How validation examples were chosen. */
  readonly validationSource?: string | undefined;
  readonly warnings: readonly string[];
  /** The same image in several sets, or with several answers; some of them, where there are images to show. */
  readonly leaks?: readonly ShownLeak[] | undefined;
  /** By class: some of its training examples. */
  readonly samples: readonly (readonly ShownExample[])[];
}

/** Images that are one, byte for byte. */
export interface ShownLeak {
  /** The sets that it lies in. */
  readonly sets: readonly string[];
  /** Whether one of their answers is wrong. */
  readonly differ: boolean;
  readonly shown: readonly ShownExample[];
}

export interface FoundSet {
  readonly set: 'training' | 'validation' | 'test';
  readonly examples: number;
  /** Of each class, where examples have one. */
  readonly perClass?: readonly number[] | undefined;
}

/** An example in a page: an image, or a text. */
export interface ShownExample {
  readonly photo?: PhotoProps | undefined;
  readonly text?: string | undefined;
}

export interface MeasuredExamples {
  readonly set: 'validation' | 'test';
  readonly examples: number;
  /** Of so many they were taken, evenly. */
  readonly of: number;
  /** Only of classes. */
  readonly classes?: MeasuredClasses | undefined;
  /** Of classes and of labels: whether its probabilities are to be trusted. */
  readonly probabilities?: MeasuredProbabilities | undefined;
  /** Those that the model calls unknown, some of them to look at; undefined where its file does not tell. */
  readonly unknown?: { readonly number: number; readonly shown: readonly ShownExample[] } | undefined;
  /** Those with the largest loss first. */
  readonly worst: readonly WorstExample[];
  /** Why there are no heat maps beside them. */
  readonly unexplained?: string | undefined;
}

export interface MeasuredClasses {
  readonly perClass: readonly {
    readonly className: string;
    readonly precision: number;
    readonly recall: number | null;
    readonly f1: number | null;
    readonly support: number;
  }[];
  readonly confusion: readonly (readonly number[])[];
  /** Examples of a cell: all, or the first of them. */
  readonly cells: readonly {
    readonly truth: number;
    readonly predicted: number;
    readonly shown: readonly ShownExample[];
  }[];
}

export interface MeasuredProbabilities {
  /** Of labels: each of them on each example counts. */
  readonly calibration: Calibration;
  /** Of two classes one's alone, the second's unless the other has a threshold; of more, and of labels, each against all others. */
  readonly curves: readonly MeasuredCurves[];
}

export interface MeasuredCurves {
  readonly className: string;
  readonly curves: ThresholdCurves;
  /** Probability above which it is given; of more than two classes undefined. */
  readonly threshold?: number | undefined;
}

export interface WorstExample extends ShownExample {
  /** What it is of, and what the model says: `cats, predicted as dogs, 98.3%`. */
  readonly truth: string;
  readonly predicted: string;
  readonly isRight: boolean;
  readonly loss: number;
  /** With the heat map over it, of what was predicted. */
  readonly heatMap?: PhotoProps | undefined;
  readonly tokens?: readonly TokenAttribution[] | undefined;
}
