/** @file The report of a run, one HTML file, and its model card. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { GraftError } from '../core/errors/graft-error.ts';
import { shellWord } from '../core/errors/shell-word.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import { readTrainingRecord } from '../node/artifacts/training-record.ts';
import { beginsWith, either, isReplaceable, isVoid, type Proof } from '../node/files/own-files.ts';
import { writeWhole } from '../node/files/write-file.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import type { Task } from '../recipe/task.ts';
import { CARD_MARK, modelCard } from '../report/model-card.ts';
import type { ReportedInfo, RunReportData } from '../report/report-data.ts';
import { reportPage } from '../report/report-page.tsx';
import { type ModelInUse, useModel } from './open-model.ts';
import { examineRun } from './report-examples.ts';
import type { ReportResult } from './report-result.ts';
import type { UseCaseOptions } from './use-case-options.ts';
import type { WrittenTraining } from './write-trained.ts';

/** What a report takes beside the run. */
export interface ReportOptions extends UseCaseOptions {
  /** The data that it was trained on. Default: where the run says that they are. */
  readonly data?: string | undefined;
  /** How a CSV file in the place of a folder is read. Default: as the run read it. */
  readonly csv?: CsvOptions | undefined;
}

/** What a run's report is called, and its card, and how they are known as Graft's. */
const FILES = {
  'report.html': beginsWith(/<div class="brand">.{0,900}Graft <span>report of a run/s, 65536),
  'README.md': beginsWith(new RegExp(`^---\\n${CARD_MARK}\\n`)),
} as const satisfies Readonly<Record<string, Proof>>;

/**
 * Writes `report.html` and `README.md` into a run's folder: metrics with their intervals, curves, the confusion matrix with its
 * images, the largest losses with heat maps, reliability, ROC and precision-recall curves, problems of the data, cost, the recipe.
 * As `graft report`. The same run and data give the same bytes. Where the data are not there any more, or have changed, that is said,
 * and the rest is told. Events: `progress` and `stage`, `note`, `result`.
 *
 * @param run - The run's folder.
 * @throws {GraftError} `file-not-found`, `model-file`; `argument`, if a program saved the model; `file-write`; `interrupted`.
 */
export function reportRun(run: string, options: ReportOptions = {}): Promise<ReportResult> {
  return reportTrained(run, undefined, options);
}

/** What a training knows that ends now. */
export interface EndedTraining {
  readonly sets: ImageSets<Task> | TextSets;
  readonly model: WrittenTraining;
}

/**
 * The same, at the end of the training that made the run: its examples need not be looked for, hashed or predicted again, and its model
 * not be read.
 */
export async function reportTrained(
  run: string,
  ended: EndedTraining | undefined,
  options: ReportOptions,
): Promise<ReportResult> {
  const { onEvent: emit = () => {}, signal } = options;
  const path = ended?.model.path ?? join(run, 'model.onnx');
  const data = await useModel(path, { signal, info: ended?.model.info }, async (model) => {
    const { info } = model;
    if (!('backbone' in info)) {
      throw new GraftError('argument', {
        where: `run folder "${run}"`,
        expected: 'a model that graft train made',
        received: 'one that a program saved',
        advice: 'What it was trained on is not known: use graft evaluate.',
      });
    }
    const record = await readTrainingRecord(run);
    const asked = options.data ?? record?.path;
    const { sha256: modelSha256, bytes: modelBytes } = ended?.model ?? (await sizeUp(model));
    const examined = await examineRun(model, info, {
      sets: ended?.sets,
      modelSha256,
      data: asked,
      csv: options.csv ?? record?.csv,
      record,
      emit,
      signal,
    });
    const { missing, changes } = examined.data;
    const problems = missing === undefined ? changes : [`The data are not there now: ${missing}`, ...changes];
    for (const text of problems) emit({ type: 'note', text });
    return {
      name: basename(resolve(run)),
      info: info as ReportedInfo,
      one: 'modality' in info ? 'text' : 'image',
      history: await readHistory(join(run, 'history.csv')),
      command: `graft train ${shellWord(options.data ?? record?.data ?? 'DATA')} --recipe recipe.json`,
      modelSha256,
      modelBytes,
      recorded: record,
      ...examined,
    } satisfies RunReportData;
  });
  const contents = { 'report.html': reportPage(data), 'README.md': modelCard(data) };
  const kept: string[] = [];
  const written = async (name: keyof typeof FILES): Promise<string | undefined> => {
    const path = join(run, name);
    if (!(await isReplaceable(path, either(isVoid, FILES[name])))) {
      kept.push(name);
      emit({ type: 'note', text: `${name} in ${run} is not Graft's: it was left as it is.` });
      return undefined;
    }
    await writeWhole(path, contents[name]);
    return path;
  };
  const result: ReportResult = {
    html: await written('report.html'),
    card: await written('README.md'),
    kept,
    bytes: Buffer.byteLength(contents['report.html']),
  };
  emit({ type: 'result', useCase: 'report', report: result });
  return result;
}

async function sizeUp(model: ModelInUse): Promise<Pick<WrittenTraining, 'sha256' | 'bytes'>> {
  const { bytes } = await model.file();
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

/** The epochs of a `history.csv`; none, if there is none that can be read. */
async function readHistory(path: string): Promise<EpochRecord[]> {
  try {
    const rows = parse(await readFile(path), { columns: true }) as Record<string, string>[];
    return rows.map(({ epoch, phase, seconds, ...logs }) => ({
      epoch: Number(epoch),
      phase: phase === undefined || phase === '' ? undefined : Number(phase),
      seconds: Number(seconds),
      logs: Object.fromEntries(
        Object.entries(logs).flatMap(([name, value]) => (value === '' ? [] : [[name, Number(value)]])),
      ),
    }));
  } catch {
    return [];
  }
}
