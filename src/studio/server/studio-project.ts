/** @file A project, whatever its examples are and wherever their labels stand: what the rest of the studio asks of it. */

import type { AddReport, EditReport, HeldExamples, ProjectState } from '../engine/project-state.ts';
import type { ImageIndex, IndexedImage } from '../project/image-index.ts';
import type { AddableFile } from '../project/project-place.ts';

/** What examples are, read when it is needed. */
export interface ExampleContents {
  /** Hashes those that were not hashed, or have changed since; of texts, what they say is known from then on. */
  hash(examples: readonly IndexedImage[], signal?: AbortSignal): Promise<void>;
  /** The bytes of an image and their type; undefined where no image has that hash any more. */
  read(hash: string): Promise<{ readonly bytes: Buffer; readonly type: string } | undefined>;
  /** A small WebP of an image; undefined where there is none, or it cannot be decoded. */
  thumbnail(hash: string): Promise<Uint8Array | undefined>;
}

/** Examples with their labels, as they are in a person's files, and the edits of them, one at a time. */
export interface StudioProject {
  /** The folder, or the table. */
  readonly root: string;
  readonly holds: HeldExamples;
  readonly index: ImageIndex;
  readonly contents: ExampleContents;
  /** Without its number: as `graft train` names runs. */
  readonly runName: string;
  /** What `graft predict` is asked of. */
  readonly asked: readonly string[];
  /** What `graft train` and `graft check` are given: the files themselves, or a copy of what has a label. @throws {GraftError} `file-write`. */
  trainingData(): Promise<string>;
  /** What a check of {@link trainingData} looks at, by what its report calls it. Default: all that have a class, by their paths. */
  checkedExamples?(): ReadonlyMap<string, IndexedImage>;
  state(): ProjectState;
  /** Reads the files again: what other programs did is shown. @throws {GraftError} If they are gone or cannot be read. */
  rescan(): Promise<void>;
  add(className: string, files: readonly AddableFile[], group: string): Promise<AddReport>;
  makeClass(className: string): Promise<EditReport>;
  renameClass(from: string, to: string): Promise<EditReport>;
  binClass(className: string): Promise<EditReport>;
  relabel(ids: readonly number[], className: string): Promise<EditReport>;
  /** Examples to several classes, as one edit. */
  relabelEach(
    moves: readonly { readonly ids: readonly number[]; readonly className: string }[],
  ): Promise<EditReport>;
  bin(ids: readonly number[]): Promise<EditReport>;
  restore(ids: readonly number[]): Promise<EditReport>;
  undo(): Promise<EditReport>;
  redo(): Promise<EditReport>;
  close(): Promise<void>;
}
