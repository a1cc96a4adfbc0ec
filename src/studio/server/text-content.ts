/** @file What text files say: read when it is needed, and kept. */

import { readFile, stat } from 'node:fs/promises';
import { textOf } from '../project/added-text.ts';
import type { ImageIndex, IndexedImage } from '../project/image-index.ts';
import { hashOfText } from '../project/text-hash.ts';
import { eachOf } from './each-of.ts';
import { resolvePlace } from './project-paths.ts';
import type { ExampleContents } from './studio-project.ts';

/** Texts of the files of class folders. */
export class TextFileContents implements ExampleContents {
  readonly #root: string;
  readonly #index: ImageIndex;

  constructor(root: string, index: ImageIndex) {
    this.#root = root;
    this.#index = index;
  }

  hash(texts: readonly IndexedImage[], signal?: AbortSignal): Promise<void> {
    return eachOf(texts, (text) => this.#readOne(text), signal);
  }

  async read(): Promise<undefined> {
    return undefined;
  }

  async thumbnail(): Promise<undefined> {
    return undefined;
  }

  async #readOne(example: IndexedImage): Promise<void> {
    const path = resolvePlace(this.#root, example.path);
    try {
      const { mtimeMs, size } = await stat(path);
      const stamp = `${mtimeMs} ${size}`;
      if (example.hash !== undefined && example.stamp === stamp) return;
      example.text = textOf(await readFile(path)) ?? '';
      this.#index.setHash(example, hashOfText(example.text), stamp);
    } catch {
      this.#index.setHash(example, null, '');
    }
  }
}
