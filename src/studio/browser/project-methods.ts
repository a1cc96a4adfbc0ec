/** @file What a project that a browser keeps answers of its examples and its runs, be they of images or of texts. */

import type { RunComparison } from '../engine/run-state.ts';
import type { ImageIndex } from '../project/image-index.ts';
import { foundImages, imageWindow, type SaidOfAll } from '../project/narrowed-images.ts';
import type { Project } from '../project/project.ts';
import { compareJudges, unfinishedComparison } from '../project/run-comparison.ts';
import type { RunJudgments } from '../project/run-judgments.ts';
import { thresholdChoice } from '../project/threshold-choice.ts';
import type { EngineMethods } from './engine-messages.ts';
import type { KeptRuns } from './kept-runs.ts';

type Edits = 'makeClass' | 'renameClass' | 'binClass' | 'relabel' | 'bin' | 'restore' | 'undo' | 'redo';

/** @param said - What the check and the models say of the examples. */
export function exampleMethods(
  project: Pick<Project, 'index' | 'add' | Edits>,
  said: () => SaidOfAll,
): Pick<EngineMethods, 'images' | 'ids' | 'add' | 'rescan' | Edits> {
  const { index } = project;
  return {
    async images(query, from, count) {
      const found = foundImages(index, query, said());
      const window = found.slice(from, from + count);
      return imageWindow(index, query, { from, window, total: found.length }, said());
    },
    ids: async (query) => foundImages(index, query, said()).map(({ id }) => id),
    async add(className, given, group) {
      const read = given.map(async ({ name, bytes }) => ({
        name,
        bytes: new Uint8Array(await bytes.arrayBuffer()),
      }));
      return project.add(className, await Promise.all(read), group);
    },
    makeClass: (className) => project.makeClass(className),
    renameClass: (className, to) => project.renameClass(className, to),
    binClass: (className) => project.binClass(className),
    relabel: (ids, className) => project.relabel(ids, className),
    bin: (ids) => project.bin(ids),
    restore: (ids) => project.restore(ids),
    undo: () => project.undo(),
    redo: () => project.redo(),
    // Nothing else writes to what the browser keeps.
    rescan: async () => {},
  };
}

export interface RunMethodsOptions {
  readonly index: ImageIndex;
  readonly runs: KeptRuns;
  readonly judgments: RunJudgments;
  /** Tells of runs that have changed. */
  readonly tellRuns: () => Promise<void>;
}

export function runMethods({
  index,
  runs,
  judgments,
  tellRuns,
}: RunMethodsOptions): Pick<
  EngineMethods,
  'history' | 'judge' | 'results' | 'confidence' | 'thresholds' | 'compare' | 'setNote'
> {
  const judge = async (run: string) => {
    await runs.modelBytes(run);
    return judgments.judge(run);
  };
  return {
    history: (run) => runs.history(run),
    judge,
    results: async (run) => judgments.results(run),
    confidence: (run) => runs.confidence(run),
    thresholds: async (run, className) => thresholdChoice(index.all, judgments.judgeOf(run), className),
    async compare(first, second): Promise<RunComparison> {
      const results = await Promise.all(
        [first, second].map((run) =>
          judgments.results(run).status === 'none' ? judge(run) : judgments.results(run),
        ),
      );
      const [a, b] = [judgments.judgeOf(first), judgments.judgeOf(second)];
      if (a === undefined || b === undefined) return unfinishedComparison(results);
      return compareJudges(index.all, [a, b]);
    },
    async setNote(run, note) {
      await runs.setNote(run, note);
      await tellRuns();
    },
  };
}
