/** @file The studio on a table of texts that a browser keeps: what pages ask, answered in a worker. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { checkTexts } from '../../web/check-texts.ts';
import { divideTextSets } from '../../web/given-texts.ts';
import type { LabeledText } from '../../web/labeled-texts.ts';
import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import { clearStoredFeatures } from '../../web/stored-features.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import { EditJournal } from '../project/edit-journal.ts';
import { ImageCheck } from '../project/image-check.ts';
import type { SaidOfAll } from '../project/narrowed-images.ts';
import { recipeForm } from '../project/recipe-form.ts';
import { RunJudgments } from '../project/run-judgments.ts';
import { sweepFields } from '../project/sweep-form.ts';
import { TableProject } from '../project/table-project.ts';
import type { TableRow } from '../project/table-row.ts';
import { tableStepSchema } from '../project/table-steps.ts';
import { preflightOf } from './choice-training.ts';
import type { EngineMethods } from './engine-messages.ts';
import type { KeptFiles } from './kept-files.ts';
import { openKeptJournal } from './kept-journal.ts';
import { ALL_PLACES, SAVED_TABLE } from './kept-places.ts';
import { KeptRuns } from './kept-runs.ts';
import { openKeptTable } from './kept-table.ts';
import { startPageCheck } from './page-check.ts';
import { exampleMethods, runMethods } from './project-methods.ts';
import { siteWork } from './site-worker.ts';
import { TextAnswers } from './text-answers.ts';
import { textTraining } from './text-training.ts';
import { trainingMethods } from './training-methods.ts';
import { SITE, siteAddress } from './wasm-files.ts';

/**
 * Opens a table that the browser keeps.
 *
 * @param tell - Hears everything from now on, first how all stands.
 * @returns What it can do; the rest needs `graft studio` on a machine.
 * @throws {GraftError} `file-write`, `file-not-found`; `dataset`, if a newer version wrote it.
 */
export async function openTextStudio(
  files: KeptFiles,
  name: string,
  tell: (event: StudioEvent) => void,
): Promise<Partial<EngineMethods>> {
  const place = await openKeptTable(files, name);
  const { file, text } = await openKeptJournal(files);
  const journal = await EditJournal.open(file, text, tableStepSchema);
  const tellProject = (): void => {
    tell({ type: 'project', project: project.state() });
    if (check.findings !== undefined) check.tell();
  };
  const project = new TableProject({ place, journal, onChange: tellProject });
  const { index } = project;
  const check = new ImageCheck({
    index,
    examples: () => project.labeledExamples(name),
    begin(onProgress) {
      const table = { name, bytes: new Blob(partsOf(project.labeledRows())) };
      const backbone = siteAddress(SITE.textNetwork);
      return startPageCheck(
        async (calls) => checkTexts(table, { ...(await siteWork()), ...calls, backbone }),
        onProgress,
      );
    },
    onChange: (state) => tell({ type: 'check', check: state }),
  });
  const runs = new KeptRuns(files);
  const answers = new TextAnswers(index, runs);
  const judgments = new RunJudgments(
    index,
    (run, signal) => answers.ask(run, signal),
    (results) => tell({ type: 'results', results }),
  );
  await project.begin();
  const said = (): SaidOfAll => ({
    findings: check.findings,
    judgeOf: (run) => judgments.judgeOf(run),
  });
  const tellRuns = async (): Promise<void> => tell({ type: 'runs', runs: await runs.list() });
  const partsOf = (rows: readonly TableRow[]): Uint8Array<ArrayBuffer>[] =>
    Array.from(place.table.encode(rows), (part) => Uint8Array.from(part));
  /** As `graft train` reads the table that is saved. */
  const labeled = (): LabeledText[] => {
    const rows = project.rows.filter(({ label }) => label !== '');
    const lines = place.table.lines(rows);
    return rows.map(({ text, label }, at) => ({ text, label, place: `${name}, line ${lines[at]}` }));
  };
  const trainings = await trainingMethods({
    name: name.replace(/\.\w+$/, '').replace(/[^\w -]/g, '_'),
    training: textTraining(labeled),
    runs,
    judgments,
    answers,
    tell,
    tellRuns,
  });
  check.tell();
  await tellRuns();
  return {
    ...exampleMethods(project, said),
    ...runMethods({ index, runs, judgments, tellRuns }),
    ...trainings,
    acceptLabels: (ids) => check.acceptLabels(ids, (moves) => project.relabelEach(moves)),
    check: async () => check.start(),
    stopCheck: async () => check.stop(),
    // A column cannot be named here.
    form: async () => [...recipeForm([], 'texts').filter(({ key }) => key !== 'group'), ...sweepFields()],
    preflight: (choice) =>
      preflightOf(choice, {
        holds: 'texts',
        data: name,
        divide: (recipe) => divideTextSets({ train: labeled() }, recipe, undefined),
      }),
    explain: (run, hash, className) => answers.explain(run, hash, className),
    try: (run, example) => answers.try(run, example),
    async openTable(table) {
      throw new GraftError('argument', {
        where: `table "${table.name}"`,
        expected: 'a new project',
        received: `that of "${name}"`,
        advice: 'Save it if you want it again, choose New project, and drop the table once more.',
      });
    },
    async save() {
      await files.write(SAVED_TABLE, joinBytes(partsOf(project.rows)));
      return `download/table/${encodeURIComponent(name)}`;
    },
    async clear() {
      await check.close();
      judgments.close();
      await answers.close();
      await project.close();
      for (const each of ALL_PLACES) await files.remove(each);
      await clearStoredFeatures();
      await removeStoredCheckpoints();
    },
  };
}
