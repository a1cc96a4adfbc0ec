/** @file The runs of a project: folders of `graft-runs` that have its name, whoever made them. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '#csv-parse';
import { compareNaturally } from '../../core/examples/sample.ts';
import { type TrainedConfidence, trainedConfidence } from '../../events/confidence-report.ts';
import { RUNS_FOLDER } from '../../node/artifacts/run-folder.ts';
import { RUN_START } from '../../node/artifacts/start-file.ts';
import { readAnyModelFile } from '../../node/files/model-file.ts';
import type { RunHistory, RunSummary } from '../engine/run-state.ts';
import { summaryOf, unfinishedRun } from '../project/run-summary.ts';
import { readNote, writeNote } from './run-notes.ts';
import type { StudioProject } from './studio-project.ts';
import { readSweep } from './sweep-summary.ts';
import { usableNetworks } from './usable-networks.ts';

/** Reads what runs have left; a model file that has not changed is read once. */
export class RunList {
  readonly #folder: string;
  readonly #name: RegExp;
  readonly #known = new Map<string, { readonly stamp: string; readonly summary: RunSummary }>();

  constructor({ runName }: Pick<StudioProject, 'runName'>, cwd: string) {
    this.#folder = join(cwd, RUNS_FOLDER);
    this.#name = new RegExp(`^${runName.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}-\\d+$`);
  }

  /** The latest first. */
  async list(): Promise<readonly RunSummary[]> {
    const names = (await namesIn(this.#folder)).filter((name) => this.#name.test(name));
    const runs: RunSummary[] = [];
    for (const run of names.toSorted(compareNaturally).reverse()) {
      const summary = await this.#summary(run);
      if (summary !== undefined) runs.push(summary);
    }
    return runs;
  }

  /** Whether a run of the project has that name; nothing else is ever a path. */
  async has(run: string): Promise<boolean> {
    return this.#name.test(run) && (await namesIn(this.#folder)).includes(run);
  }

  modelPath(run: string): string {
    return join(this.#folder, run, 'model.onnx');
  }

  async history(run: string): Promise<RunHistory> {
    const text = await readFile(join(this.#folder, run, 'history.csv'), 'utf8').catch(() => '');
    const rows = parse(text, { columns: true, skip_empty_lines: true }) as Record<string, string>[];
    return rows.map(({ epoch, phase: _, seconds: __, ...metrics }) => ({
      epoch: Number(epoch),
      metrics: Object.fromEntries(
        Object.entries(metrics).flatMap(([name, value]) => (value === '' ? [] : [[name, Number(value)]])),
      ),
    }));
  }

  /** How sure the model is, and whether rightly; null where its file tells nothing. */
  async confidence(run: string): Promise<TrainedConfidence | null> {
    const { info } = await readAnyModelFile(this.modelPath(run));
    return (info.recipe === undefined ? undefined : trainedConfidence(info.confidence)) ?? null;
  }

  /** @throws {GraftError} As `writeNote`. */
  async setNote(run: string, note: string): Promise<void> {
    await writeNote(join(this.#folder, run), note);
  }

  async #summary(run: string): Promise<RunSummary | undefined> {
    const summary = await this.#trained(run);
    return summary && { ...summary, note: await readNote(join(this.#folder, run)) };
  }

  async #trained(run: string): Promise<RunSummary | undefined> {
    const path = this.modelPath(run);
    const model = await stat(path).catch(() => undefined);
    const names = await namesIn(join(this.#folder, run));
    const canResume = names.includes(RUN_START);
    if (model === undefined) return canResume ? unfinishedRun(run) : undefined;
    const stamp = `${model.mtimeMs} ${model.size} ${canResume}`;
    const known = this.#known.get(run);
    if (known?.stamp === stamp) return known.summary;
    const sweep = await readSweep(join(this.#folder, run));
    const facts = { ...unfinishedRun(run), sweep, canResume, endedMs: model.mtimeMs, modelBytes: model.size };
    const summary = await readAnyModelFile(path).then(
      (file) => ({ ...facts, ...summaryOf(file, usableNetworks()) }),
      (error: Error) => ({ ...facts, error: error.message }),
    );
    this.#known.set(run, { stamp, summary });
    return summary;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
