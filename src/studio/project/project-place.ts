/**
 * @file Where the files of a project lie, as its edits see it: a folder of a disk, or files that a browser keeps. Paths are below the project,
 * with `/`.
 */

import * as z from 'zod';
import type { HeldExamples, PartName } from '../engine/project-state.ts';

/** The studio's own folder in a project. */
export const OWN_FOLDER = '.graft';

/** Where files go that are taken out, by the path that they had. */
export const BIN: string = `${OWN_FOLDER}/bin`;

/** The folder of a class in one part of the data. */
export interface ClassFolder {
  readonly className: string;
  readonly part: PartName | null;
  readonly path: string;
}

/** A file of an image or of a text that was found. */
export interface FoundImage {
  readonly path: string;
  /** Null in the bin. */
  readonly className: string | null;
  readonly part: PartName | null;
}

export interface ProjectScan {
  readonly folders: readonly ClassFolder[];
  readonly images: readonly FoundImage[];
  readonly parts: readonly PartName[];
  readonly notes: readonly string[];
}

/** A part of an edit: a file moves, or a folder gets a new name; an empty folder is made or taken away. */
export type EditStep =
  | { readonly op: 'move' | 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'make'; readonly folder: string }
  | { readonly op: 'remove'; readonly folder: string };

/** How a step looks in a journal. */
export const editStepSchema: z.ZodType<EditStep> = z.union([
  z.object({ op: z.enum(['move', 'rename']), from: z.string(), to: z.string() }),
  z.object({ op: z.enum(['make', 'remove']), folder: z.string() }),
]);

/** A step that was not possible. */
export interface LeftStep {
  readonly path: string;
  readonly reason: string;
}

/** A file that is added: its name is a suggestion. */
export interface AddableFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface StoredFiles {
  /** The names that they got. */
  readonly stored: readonly string[];
  /** What is none of the project's kind. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** What edits are done to. */
export interface ProjectPlace {
  /** The project's name. */
  readonly name: string;
  /** Where it is, for people. */
  readonly where: string;
  /** What its files are. */
  readonly holds: HeldExamples;
  /** @throws {GraftError} `file-not-found`, if it is gone. */
  scan(): Promise<ProjectScan>;
  /** Whether a file or a folder has that path. */
  has(path: string): boolean;
  /** Puts files into a new folder, from where an edit takes them. @throws {GraftError} `file-write`. */
  store(folder: string, files: readonly AddableFile[]): Promise<StoredFiles>;
  /**
   * Does the steps, in their order; nothing is written over, and what was done before a kill is passed over.
   *
   * @param onMove - Hears of every file or folder that is in its new place.
   * @returns What could not be done.
   */
  perform(
    steps: readonly EditStep[],
    onMove: (step: Extract<EditStep, { readonly from: string }>) => void,
  ): Promise<readonly LeftStep[]>;
  /** Nothing is asked of it any more. */
  close(): Promise<void>;
}

/** The steps that take others back. */
export function reversed(steps: readonly EditStep[]): EditStep[] {
  return steps.toReversed().map((step) => {
    if ('from' in step) return { op: step.op, from: step.to, to: step.from };
    return { op: step.op === 'make' ? 'remove' : 'make', folder: step.folder };
  });
}

/** The last part of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
