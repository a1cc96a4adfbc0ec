/** @file A labeled image below a folder. */

import { join } from 'node:path';
import type { Sample } from '../../core/examples/sample.ts';

/** An image below a folder. Most of a hundred thousand paths is the folder's, which is kept once. */
export class FolderSample implements Sample {
  readonly folder: string;
  readonly name: string;
  readonly label: number;

  /** @param folder - Absolute path. */
  constructor(folder: string, name: string, label: number) {
    this.folder = folder;
    this.name = name;
    this.label = label;
  }

  get file(): string {
    return join(this.folder, this.name);
  }
}
