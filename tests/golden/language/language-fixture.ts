/** @file A GPT-2 and a Llama of two blocks as transformers wrote them, by tools/oracle/language_models.py. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FOLDER: string = fileURLToPath(new URL('.', import.meta.url));

/** What transformers computed with one of them. */
export interface ModelCase {
  readonly ids: readonly (readonly number[])[];
  /** The ids that come next, -100 where none counts. */
  readonly targets: readonly (readonly number[])[];
  readonly logits: readonly number[];
  readonly loss: number;
  readonly prompt: string;
  readonly promptIds: readonly number[];
  readonly greedy: readonly number[];
  readonly penalized: readonly number[];
  readonly penalty: number;
  /** Of `greedy`. */
  readonly text: string;
  readonly encoded: readonly (readonly [text: string, ids: readonly number[]])[];
}

interface Fixture {
  readonly gpt2: ModelCase;
  readonly llama: ModelCase;
  /** The first eight numbers of every matrix, by kind. */
  readonly gguf: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

export const fixture: Fixture = JSON.parse(readFileSync(join(FOLDER, 'language.json'), 'utf8')) as Fixture;

/** The path of one of the files. */
export function languageFile(name: string): string {
  return join(FOLDER, name);
}
