/** @file A project as the studio's pages see it: classes, images, what may be undone. Plain data. */

import type { FindingKind } from './check-state.ts';

/** A class, or an empty one: a folder. */
export interface ClassSummary {
  readonly name: string;
  /** Images in it, over all parts. */
  readonly images: number;
}

/** A part of the data that is a folder of its own. */
export type PartName = 'train' | 'validation' | 'test';

/** What the examples of a project are. */
export type HeldExamples = 'images' | 'texts';

/** What the pages show of a project. It changes with `version`. */
export interface ProjectState {
  /** The folder's own name, or the table's. */
  readonly name: string;
  /** Default images. */
  readonly holds?: HeldExamples | undefined;
  /** The path of the folder, or of the table, for people. */
  readonly folder: string;
  /** Grows with every change of the images. */
  readonly version: number;
  readonly classes: readonly ClassSummary[];
  /** Where the data has them; empty where classes lie directly in the folder. */
  readonly parts: readonly PartName[];
  /** Images in the bin. */
  readonly binned: number;
  /** Texts of a table that have no label yet: their class is the empty one. Default 0. */
  readonly unlabeled?: number | undefined;
  /** What undo would take back, in words; null for nothing. */
  readonly undo: string | null;
  readonly redo: string | null;
  /** Whether the folder is still being read. */
  readonly isScanning: boolean;
  /** Files and folders that cannot be used, in words. */
  readonly notes: readonly string[];
}

/** An image in the grid. */
export interface ImageRow {
  /** Of this run of the studio; says nothing about the file. */
  readonly id: number;
  /** SHA-256 of the file, by which its pixels are asked for; of a text, of what it says; null if it cannot be read. */
  readonly hash: string | null;
  /** What a text says. */
  readonly text?: string | undefined;
  /** The file's name, without its folders; of a text in a table where it stands: `reviews.csv, line 3`. */
  readonly name: string;
  /** Null in the bin. */
  readonly className: string | null;
  readonly part: PartName | null;
  /** Where a model was asked: what it says of the image. */
  readonly prediction?: ImagePrediction | undefined;
  /** Where a check or a comparison was asked: what it says of the image. */
  readonly finding?: ImageFinding | undefined;
}

/** What is remarkable about an image, in words. */
export interface ImageFinding {
  /** `looks like dog`. */
  readonly text: string;
  /** The class that is likelier than its own. */
  readonly suggested: string | null;
}

/** What the model in use says of an image. */
export interface ImagePrediction {
  readonly className: string;
  /** Of that class, in [0, 1]. */
  readonly probability: number;
  /** Whether the model was trained on the image, as far as its file tells. */
  readonly isTrained: boolean;
  /** Whether it is unlike all that the model was trained on; false if the model cannot tell. */
  readonly isUnknown: boolean;
}

/** Which images, and in what order. */
export interface ImageQuery {
  /** All where nothing is said. */
  readonly className?: string | undefined;
  /** The bin instead. */
  readonly bin?: boolean | undefined;
  /** A part of the file's name, or of what a text says, without regard to case. */
  readonly search?: string | undefined;
  readonly part?: PartName | undefined;
  /** By what the check found, the worst first. */
  readonly found?: FindingKind | undefined;
  /**
   * By what a run's model says: `wrong`, or `unsure` with the least probable first; `unknown`, the strangest first; only a cell of
   * the confusion matrix.
   */
  readonly judged?: JudgedQuery | undefined;
  readonly compared?: ComparedQuery | undefined;
}

/** Which images, by what the model of a run says of them. */
export interface JudgedQuery {
  readonly run: string;
  readonly show: 'wrong' | 'unsure' | 'unknown' | 'cell';
  /** Only with `cell`. */
  readonly truth?: string | undefined;
  readonly predicted?: string | undefined;
  /** Only images that the model has not seen. */
  readonly heldOut?: boolean | undefined;
}

/** Which images, by what the models of two runs say of them: only those that neither was trained on. */
export interface ComparedQuery {
  readonly first: string;
  readonly second: string;
  /** Where they differ, or where only one of them is right. */
  readonly show: 'differ' | 'first' | 'second';
}

/** A window of images. */
export interface ImageWindow {
  readonly version: number;
  readonly total: number;
  readonly from: number;
  readonly rows: readonly ImageRow[];
}

/** What became of files that were added. */
export interface AddReport {
  readonly added: number;
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** A file that is added: its name is a suggestion. */
export interface AddedFile {
  readonly name: string;
  readonly bytes: Blob;
}

/** Files that are meant for one class. */
export interface FilesOfClass {
  readonly className: string;
  readonly files: readonly AddedFile[];
}

/** What an edit changed. */
export interface EditReport {
  /** What was done, in words. */
  readonly done: string;
  readonly images: number;
  /** Images that stay where they are, and why. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}
