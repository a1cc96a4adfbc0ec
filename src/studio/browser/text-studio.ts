/** @file The studio on a table of texts that a browser keeps: what pages ask, answered in a worker. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { divideTextSets } from '../../web/given-texts.ts';
import type { LabeledText } from '../../web/labeled-texts.ts';
import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import { clearStoredFeatures } from '../../web/stored-features.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import { EditJournal } from '../project/edit-journal.ts';
import type { SaidOfAll } from '../project/narrowed-images.ts';
import { recipeForm } from '../project/recipe-form.ts';
import { RunJudgments } from '../project/run-judgments.ts';
import { sweepFields } from '../project/sweep-form.ts';
import { TableProject } from '../project/table-project.ts';
import { tableStepSchema } from '../project/table-steps.ts';
import { preflightOf } from './choice-training.ts';
import type { EngineMethods } from './engine-messages.ts';
import type { KeptFiles } from './kept-files.ts';
import { openKeptJournal } from './kept-journal.ts';
import { ALL_PLACES, SAVED_TABLE } from './kept-places.ts';
import { KeptRuns } from './kept-runs.ts';
import { openKeptTable } from './kept-table.ts';
import { exampleMethods, runMethods } from './project-methods.ts';
import { TextAnswers } from './text-answers.ts';
import { textTraining } from './text-training.ts';
import { trainingMethods } from './training-methods.ts';

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
  const tellProject = (): void => tell({ type: 'project', project: project.state() });
  const project = new TableProject({ place, journal, onChange: tellProject });
  await project.begin();
  const { index } = project;
  const runs = new KeptRuns(files);
  const answers = new TextAnswers(index, runs);
  const judgments = new RunJudgments(
    index,
    (run, signal) => answers.ask(run, signal),
    (results) => tell({ type: 'results', results }),
  );
  const said = (): SaidOfAll => ({ findings: undefined, judgeOf: (run) => judgments.judgeOf(run) });
  const tellRuns = async (): Promise<void> => tell({ type: 'runs', runs: await runs.list() });
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
  await tellRuns();
  return {
    ...exampleMethods(project, said),
    ...runMethods({ index, runs, judgments, tellRuns }),
    ...trainings,
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
      const parts = Array.from(place.table.encode(project.rows), (part) => Uint8Array.from(part));
      await files.write(SAVED_TABLE, joinBytes(parts));
      return `download/table/${encodeURIComponent(name)}`;
    },
    async clear() {
      judgments.close();
      await answers.close();
      await project.close();
      for (const each of ALL_PLACES) await files.remove(each);
      await clearStoredFeatures();
      await removeStoredCheckpoints();
    },
  };
}
