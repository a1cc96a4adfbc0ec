/**
 * @file What the pages of the studio ask for. They know nothing but this interface: over HTTP it is asked of the server, which works
 * on folders; in a browser alone, of a worker, which works on what the browser keeps.
 */

import type { CheckState } from './check-state.ts';
import type { StudioFormat } from './export-kinds.ts';
import type {
  AddedFile,
  AddReport,
  EditReport,
  FilesOfClass,
  ImageQuery,
  ImageWindow,
  ProjectState,
} from './project-state.ts';
import type {
  ExportResult,
  FormField,
  ImageExplanation,
  NeighborImage,
  Preflight,
  RunComparison,
  RunConfidence,
  RunHistory,
  RunResults,
  RunSummary,
  ThresholdChoice,
  TryResult,
} from './run-state.ts';
import type { RecipeChoice, TrainingState } from './training-state.ts';

/** Whatever changes without being asked for. */
export type StudioEvent =
  | { readonly type: 'project'; readonly project: ProjectState }
  | { readonly type: 'check'; readonly check: CheckState }
  | { readonly type: 'trainings'; readonly trainings: readonly TrainingState[] }
  | { readonly type: 'training'; readonly training: TrainingState }
  | { readonly type: 'runs'; readonly runs: readonly RunSummary[] }
  | { readonly type: 'results'; readonly results: RunResults };

/** A project that the browser keeps: nobody sees its folder. */
export interface ProjectKeeping {
  /** Writes a zip archive of it, which the studio opens; or the table. @returns Where it can be had from. */
  save(): Promise<string>;
  /** Puts a table of texts in the place of a project that is empty; the page is to be loaded again. */
  openTable(table: AddedFile): Promise<void>;
  /** The same with class folders of texts. */
  openTexts(folders: readonly FilesOfClass[]): Promise<void>;
  /** Forgets it, with its runs. */
  clear(): Promise<void>;
}

/** Everything that a page can do. Rejections carry a message for people. */
export interface StudioEngine {
  /** On folders of a machine, or on what the browser keeps. */
  readonly place: 'folder' | 'browser';
  /** Formats of {@link export}. */
  readonly formats: readonly StudioFormat[];
  readonly keeping?: ProjectKeeping | undefined;
  /**
   * Hears everything from now on, first how all stands.
   *
   * @param onConnection - Hears, in a sentence, why nothing is answered; undefined where all is well.
   * @returns What ends it.
   */
  listen(
    onEvent: (event: StudioEvent) => void,
    onConnection: (problem: string | undefined) => void,
  ): () => void;

  images(query: ImageQuery, from: number, count: number): Promise<ImageWindow>;
  /** Ids of all images of a query, in its order. */
  ids(query: ImageQuery): Promise<readonly number[]>;
  /** Where an image can be had from, by its hash. */
  imageUrl(hash: string): string;
  thumbnailUrl(hash: string): string;

  /** @param group - Files of one group are undone at once. */
  add(className: string, files: readonly AddedFile[], group: string): Promise<AddReport>;
  makeClass(className: string): Promise<EditReport>;
  /** Renames a class; into one that is there already, its images are moved. */
  renameClass(className: string, to: string): Promise<EditReport>;
  /** Moves all images of a class to the bin, and takes the class away. */
  binClass(className: string): Promise<EditReport>;
  relabel(ids: readonly number[], className: string): Promise<EditReport>;
  /** Moves images to the classes that the check finds likelier, as one edit. */
  acceptLabels(ids: readonly number[]): Promise<EditReport>;
  bin(ids: readonly number[]): Promise<EditReport>;
  /** Takes images out of the bin, to where they were. */
  restore(ids: readonly number[]): Promise<EditReport>;
  undo(): Promise<EditReport>;
  redo(): Promise<EditReport>;
  /** Reads the folder again. */
  rescan(): Promise<void>;

  /** Looks for duplicates, leaks, wrong labels and more; news tell how far it is. */
  check(): Promise<void>;
  stopCheck(): Promise<void>;

  form(): Promise<readonly FormField[]>;
  preflight(choice: RecipeChoice): Promise<Preflight>;
  train(choice: RecipeChoice): Promise<TrainingState>;
  resume(run: string): Promise<TrainingState>;
  /** Ends a training after its step, and keeps the best epoch; takes a waiting one out of the queue. */
  stop(run: string): Promise<void>;

  history(run: string): Promise<RunHistory>;
  /** Asks a run's model of all images of the project. */
  judge(run: string): Promise<RunResults>;
  results(run: string): Promise<RunResults>;
  /** Of an image or a text of the project, by its hash. @param className - Whose words are weighed. Default the predicted one. */
  explain(run: string, hash: string, className?: string): Promise<ImageExplanation>;
  /** Where an image can be had with what speaks for a class laid over it; without a class, for the predicted one. */
  heatMapUrl(run: string, hash: string, size: 'small' | 'large', className?: string): string;
  /** The nearest images among those that the model was trained on, the nearest first. */
  neighbors(run: string, hash: string): Promise<readonly NeighborImage[]>;
  /** Null where the model's file tells nothing of it. */
  confidence(run: string): Promise<RunConfidence | null>;
  thresholds(run: string, className: string): Promise<ThresholdChoice>;
  /** Asks both models, if they were not: news of results tell when there is more. */
  compare(first: string, second: string): Promise<RunComparison>;
  /** Keeps a person's words beside a run; empty ones take them away. */
  setNote(run: string, note: string): Promise<void>;
  /** @param example - The bytes of an image file, or a text. */
  try(run: string, example: Blob): Promise<TryResult>;
  export(run: string, format: StudioFormat): Promise<ExportResult>;
  /** Where a file of an export, or the model, can be had from. */
  downloadUrl(run: string, format: StudioFormat | 'model'): string;
}
