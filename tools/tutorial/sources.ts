/** @file Where the tutorials' pages and their sources lie. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageSources, regionsOf } from './page.ts';

/** Of the repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));
export const PAGE: string = join(ROOT, 'docs/tutorial.md');
/** What the programs and commands printed and drew. */
export const RECORDED: string = join(ROOT, 'docs/tutorial');
/** The tutorial of texts, and what its commands printed. */
export const TEXT_PAGE: string = join(ROOT, 'docs/text-tutorial.md');
export const TEXT_RECORDED: string = join(ROOT, 'docs/text-tutorial');
export const PROGRAMS = {
  recipe: join(ROOT, 'examples/tutorial.ts'),
  inception: join(ROOT, 'examples/tutorial-inception.ts'),
} as const;
/** Shown whole, as a region of its name. */
const RECIPE = join(ROOT, 'recipes/mobilenet-block15.json');

export function readSources(): PageSources {
  const regions = Object.values(PROGRAMS).flatMap((file) => [...regionsOf(readFileSync(file, 'utf8'))]);
  return {
    regions: new Map([...regions, [basename(RECIPE, '.json'), readFileSync(RECIPE, 'utf8')]]),
    outputs: recordedIn(RECORDED),
  };
}

export function readTextSources(): PageSources {
  return { regions: new Map(), outputs: recordedIn(TEXT_RECORDED) };
}

function recordedIn(folder: string): Map<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return new Map(files.map((file) => [basename(file, '.txt'), readFileSync(join(folder, file), 'utf8')]));
}
