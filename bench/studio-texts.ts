/**
 * @file Does the studio stay small and quick with a table of a hundred thousand texts? Opening, search, relabelling, the bin, undo, memory:
 *
 *     npm run build && npx tsx bench/studio-texts.ts [TEXTS] [WORDS]
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StudioProcess, startStudioProcess } from '../tests/e2e/studio-process.ts';
import { drawTable } from './drawn-table.ts';

const TEXTS = Number(process.argv[2] ?? 100_000);
/** Of a text, on average. */
const WORDS = Number(process.argv[3] ?? 24);
const EDITED = 1000;

const cwd = mkdtempSync(join(tmpdir(), 'graft-bench-studio-texts-'));
try {
  mkdirSync(join(cwd, 'home'));
  const table = join(cwd, 'reviews.csv');
  writeFileSync(table, drawTable(TEXTS, WORDS));
  console.log(`${TEXTS} texts, ${(statSync(table).size / 1e6).toFixed(1)} MB`);
  const started = performance.now();
  const studio = await startStudioProcess(cwd, 'reviews.csv', join(cwd, 'home'));
  try {
    tell(studio, 'opened', started);
    await measure(studio);
  } finally {
    await studio.close();
  }
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

async function measure(studio: StudioProcess): Promise<void> {
  const timed = async (what: string, question: string, body: object): Promise<unknown> => {
    const started = performance.now();
    const answer = await studio.ask(question, body);
    tell(studio, what, started);
    return answer;
  };
  const query = { className: 'class-0' };
  await timed('first window', 'images', { query: {}, from: 0, count: 100 });
  await timed('search', 'images', { query: { search: 'great 77' }, from: 0, count: 100 });
  const ids = (await timed('ids of a class', 'ids', { query })) as number[];
  const edited = ids.slice(0, EDITED);
  for (const className of ['class-1', 'class-2', 'class-3'])
    await timed(`relabelled ${EDITED}`, 'relabel', { ids: edited, className });
  await timed(`${EDITED} to the bin`, 'bin', { ids: edited });
  await timed('undone', 'undo', {});
  await timed('a class renamed', 'rename-class', { className: 'class-5', to: 'other' });
}

function tell({ pid }: StudioProcess, what: string, started: number): void {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1000);
  console.log(`${what}: ${Math.round(performance.now() - started)} ms; ${megabytes} MB at most so far`);
}
