/** @file The tutorial of texts shows what its commands printed, on data that lie in the repository. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { blocksOf, commandsOf, fillPage } from '../../tools/tutorial/page.ts';
import { ROOT, readTextSources, TEXT_PAGE, TEXT_RECORDED } from '../../tools/tutorial/sources.ts';

const page = readFileSync(TEXT_PAGE, 'utf8');
const outputs = blocksOf(page).filter(({ kind }) => kind === 'output');

it('has in its blocks what was recorded, and all of it', () => {
  // If not: npx tsx tools/make-text-tutorial.ts --page
  expect(fillPage(page, readTextSources())).toBe(page);
  expect(readdirSync(TEXT_RECORDED).toSorted()).toEqual(outputs.map(({ name }) => `${name}.txt`).toSorted());
});

it('shows the output of every command', () => {
  const names = new Set(commandsOf(page).map(({ name }) => name));
  expect([...names].toSorted()).toEqual(outputs.map(({ name }) => name).toSorted());
});

it('names no place of the machine that it was made on', () => {
  for (const { name, content } of outputs) expect(content, name).not.toMatch(/\/(tmp|home|root|Users|var)\//);
});

it('trains on ten questions of each intent', () => {
  const lines = readFileSync(join(ROOT, 'examples/banking-questions/train.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const labels = lines.slice(1).map((line) => line.slice(line.lastIndexOf(',') + 1));
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  expect([counts.size, new Set(counts.values())]).toEqual([77, new Set([10])]);
});
