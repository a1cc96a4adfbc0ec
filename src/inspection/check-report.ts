/** @file What `checkDataset` finds: the document of `graft check --json`. */

import type { ImageFault } from '../vision/inspection/image-faults.ts';

/** Files that are the same, or show the same. Paths are told from the folder that was checked. */
export interface DuplicateFiles {
  /** `exact`: byte for byte, letter for letter. `near`: saved again, resized, recolored, mirrored or cropped. */
  readonly kind: 'exact' | 'near';
  readonly files: readonly string[];
}

/** Duplicates in several parts of the data, or of several classes. */
export interface LeakedFiles {
  /** `split`: some are trained on, others validate or test. `label`: they have different labels. */
  readonly kind: 'split' | 'label';
  readonly files: readonly string[];
}

/** A label that is likely wrong. */
export interface LabelError {
  readonly file: string;
  /** The class that the data say. */
  readonly given: string;
  /** The class that is likelier. */
  readonly suggested: string;
  /** 1 less the probability of the given class, by a head that did not see the file, 0 to 1. */
  readonly score: number;
}

/** A file that is like no other. */
export interface OutlierFile {
  readonly file: string;
  /** Cosine distance of its features to the 10th nearest neighbor's, 0 to 2. */
  readonly score: number;
}

/** Groups that file names suggest. */
export interface NameGroupsReport {
  /** For `--group`. */
  readonly pattern: string;
  readonly groups: number;
  /** In groups of several. */
  readonly images: number;
  /** The part of these whose most similar image is in the same group; null where features do not tell. */
  readonly agreement: number | null;
  /** Groups with files in several parts of the data. */
  readonly leaks: readonly { readonly key: string; readonly files: readonly string[] }[];
}

/** A class, and how well it can be told from the others. */
export interface CheckedClass {
  readonly className: string;
  readonly images: number;
  /** By part of the data: `train`, `validation`, `test`, or `all`. */
  readonly sets: Readonly<Record<string, number>>;
  /** The part of its images that a head predicts right that did not see them; null where that was not computed. */
  readonly recall: number | null;
  /** Classes that at least a tenth of its images are predicted as, the most frequent first. */
  readonly confusedWith: readonly { readonly className: string; readonly images: number }[];
}

/** Accuracy with parts of the training data. */
export interface LearningCurveReport {
  readonly points: readonly {
    readonly fraction: number;
    readonly images: number;
    readonly accuracy: number;
    /** 95%, Wilson's. */
    readonly interval: readonly [number, number];
  }[];
  /** What twice as many images would bring, if the curve goes on; null where that cannot be told. */
  readonly doubled: {
    readonly images: number;
    readonly accuracy: number;
    readonly interval: readonly [number, number];
  } | null;
}

/** Something else that a person should know. */
export interface CheckWarning {
  readonly kind: ImageFault | 'unreadable' | 'imbalance' | 'confused' | 'few' | 'data';
  /** A sentence or two. */
  readonly text: string;
  readonly files?: readonly string[] | undefined;
}

/** What was found in a data set. */
export interface CheckReport {
  /** How many images or texts were checked. */
  readonly images: number;
  readonly duplicates: readonly DuplicateFiles[];
  readonly leaks: readonly LeakedFiles[];
  /** The likeliest first. */
  readonly labelErrors: readonly LabelError[];
  /** The strangest first. */
  readonly outliers: readonly OutlierFile[];
  /** Null where names suggest none. */
  readonly groups: NameGroupsReport | null;
  readonly classes: readonly CheckedClass[];
  /** Null where there is too little to learn from. */
  readonly learningCurve: LearningCurveReport | null;
  readonly warnings: readonly CheckWarning[];
}
