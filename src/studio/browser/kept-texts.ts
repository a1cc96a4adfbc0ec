/** @file A project of texts that a browser keeps, wherever their labels stand: what the studio on it asks. */

import type { TableOfTexts } from '../../web/check-given-texts.ts';
import type { LabeledText } from '../../web/labeled-texts.ts';
import type { IndexedImage } from '../project/image-index.ts';
import type { Project } from '../project/project.ts';
import type { KeptFiles } from './kept-files.ts';

export interface KeptTexts {
  /** Of the project, as people know it. */
  readonly name: string;
  /** What runs are called, before their number. */
  readonly runName: string;
  /** What `graft train` is given, where it is saved. */
  readonly data: string;
  readonly project: Omit<Project, 'holds' | 'folders' | 'classNames' | 'finish'>;
  /** Reads it; to be called before anything is asked. */
  begin(): Promise<void>;
  /** As `graft train` reads what is saved. */
  labeled(): readonly LabeledText[];
  /** As `graft check` does. */
  checked(): TableOfTexts | readonly LabeledText[];
  /** What is checked, by what the report calls it. Default: all that have a class, by their paths. */
  readonly checkedExamples?: (() => ReadonlyMap<string, IndexedImage>) | undefined;
  /** Writes what is downloaded. @returns Its address. */
  save(): Promise<string>;
}

/** @param onChange - Hears that the state of the project is another. */
export type OpenKeptTexts = (files: KeptFiles, onChange: () => void) => Promise<KeptTexts>;
