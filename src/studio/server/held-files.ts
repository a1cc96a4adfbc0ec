/** @file The files of class folders, as images or as texts: which are found, what is in them, and which are taken in. */

import type { HeldExamples } from '../engine/project-state.ts';
import type { ImageIndex } from '../project/image-index.ts';
import type { AddableFile, ProjectScan, StoredFiles } from '../project/project-place.ts';
import { storeImages, storeTexts } from './added-files.ts';
import { ImageContents } from './image-content.ts';
import { scanProject } from './scan-project.ts';
import { scanTexts } from './scan-texts.ts';
import type { ExampleContents } from './studio-project.ts';
import { TextFileContents } from './text-content.ts';

export interface HeldFiles {
  /** @throws The file system's own error, if the folder cannot be read. */
  scan(root: string): Promise<ProjectScan>;
  contents(root: string, index: ImageIndex): ExampleContents;
  /** Writes files into a new folder of the bin, from where an edit takes them. @throws {GraftError} `file-write`. */
  store(root: string, folder: string, files: readonly AddableFile[]): Promise<StoredFiles>;
}

const FILES: Readonly<Record<HeldExamples, HeldFiles>> = {
  images: {
    scan: scanProject,
    contents: (root, index) => new ImageContents(root, index),
    store: storeImages,
  },
  texts: {
    scan: scanTexts,
    contents: (root, index) => new TextFileContents(root, index),
    store: storeTexts,
  },
};

export function filesOf(holds: HeldExamples): HeldFiles {
  return FILES[holds];
}
