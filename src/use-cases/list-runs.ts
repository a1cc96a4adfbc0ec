/** @file Which runs there are, and how good each is: what their model files say, best first. */

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findConfidence } from '../artifacts/prediction.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { compareNaturally } from '../core/examples/sample.ts';
import { RUNS_FOLDER } from '../node/artifacts/run-folder.ts';
import { RUN_START } from '../node/artifacts/start-file.ts';
import { readTrainingRecord } from '../node/artifacts/training-record.ts';
import { readModelInfo } from '../node/files/model-metadata.ts';
import { RUN_LOCK, readRunMark } from '../node/files/run-mark.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { ListedRun, OtherRun, RunScore, RunsReport } from './runs-report.ts';
import type { UseCaseOptions } from './use-case-options.ts';

/**
 * Lists the runs in a folder, and in the folders in it. As `graft runs`. Event: `result`.
 *
 * @param folder - Default `graft-runs`.
 * @throws {GraftError} `file-not-found`, if it is not there.
 */
export async function listRuns(
  folder: string = RUNS_FOLDER,
  { onEvent: emit = () => {}, signal }: UseCaseOptions = {},
): Promise<RunsReport> {
  const runs: ListedRun[] = [];
  const others: OtherRun[] = [];
  for (const run of await runFolders(folder)) {
    signal?.throwIfAborted();
    const found = await describeRun(run);
    if ('state' in found) others.push(found);
    else runs.push(found);
  }
  const report: RunsReport = { folder, runs: runs.sort(compareRuns), others };
  emit({ type: 'result', useCase: 'runs', report });
  return report;
}

async function runFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new GraftError(
      'file-not-found',
      {
        where: `runs "${folder}"`,
        expected: 'a folder of runs',
        received: cause.code === 'ENOENT' ? 'nothing of that name' : cause.message,
        advice: 'graft train makes one; or name another: graft runs FOLDER.',
      },
      { cause },
    );
  });
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
    .sort(compareNaturally);
  const isRun = await Promise.all([folder, ...below].map(looksLikeRun));
  return [folder, ...below].filter((_, index) => isRun[index]);
}

async function looksLikeRun(folder: string): Promise<boolean> {
  return (await readRunMark(folder)) !== undefined || (await isThere(join(folder, 'model.onnx')));
}

async function describeRun(run: string): Promise<ListedRun | OtherRun> {
  const model = join(run, 'model.onnx');
  if (!(await isThere(model))) {
    const isBegun = (await isThere(join(run, RUN_START))) || (await isThere(join(run, RUN_LOCK)));
    return isBegun
      ? { run, state: 'unfinished', reason: `graft train --resume ${run} goes on with it` }
      : { run, state: 'empty', reason: 'no model.onnx' };
  }
  try {
    const { info, bytes, modified } = await readModelInfo(model);
    if (info.recipe === undefined) {
      return { run, state: 'unreadable', reason: 'a model that a program saved, which tells no metrics' };
    }
    const { classNames, backbone, validation, test, bestEpoch, epochs } = info;
    return {
      run,
      model,
      task: taskNamed<Task>(info.task).name,
      modality: 'modality' in info ? 'text' : 'image',
      classNames,
      backbone: backbone.name,
      data: (await readTrainingRecord(run))?.path ?? null,
      validation: scoreOf(validation),
      test: test === undefined ? null : scoreOf(test),
      bestEpoch,
      epochs,
      temperature: findConfidence(info).calibration?.temperature ?? null,
      bytes,
      date: modified.toISOString(),
    };
  } catch (error) {
    if (!(error instanceof GraftError)) throw error;
    return {
      run,
      state: 'unreadable',
      reason: `expected ${error.parts.expected}, received ${error.parts.received}`,
    };
  }
}

type Stored = Extract<Awaited<ReturnType<typeof readModelInfo>>['info'], { recipe: object }>['validation'];

function scoreOf(metrics: Stored): RunScore {
  const { examples } = metrics;
  if ('accuracy' in metrics) {
    return { metric: 'accuracy', value: metrics.accuracy, interval: metrics.interval, examples };
  }
  if ('exactMatch' in metrics) {
    return { metric: 'exactMatch', value: metrics.exactMatch, interval: metrics.interval, examples };
  }
  const known = metrics.values.flatMap(({ r2 }) => r2 ?? []);
  const value = known.length === 0 ? null : known.reduce((sum, r2) => sum + r2, 0) / known.length;
  const [only, ...more] = metrics.values;
  return { metric: 'r2', value, interval: more.length === 0 ? (only?.intervals.r2 ?? null) : null, examples };
}

function compareRuns(a: ListedRun, b: ListedRun): number {
  if (a.task !== b.task) return a.task < b.task ? -1 : 1;
  const [first, second] = [a.validation.value ?? -Infinity, b.validation.value ?? -Infinity];
  return second - first || compareNaturally(basename(a.run), basename(b.run));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
