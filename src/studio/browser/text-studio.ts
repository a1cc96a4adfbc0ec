/** @file The studio on texts that a browser keeps, in a table or in class folders: what pages ask, answered in a worker. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { checkTexts } from '../../web/check-texts.ts';
import { divideTextSets } from '../../web/given-texts.ts';
import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import { clearStoredFeatures } from '../../web/stored-features.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import { ImageCheck } from '../project/image-check.ts';
import type { SaidOfAll } from '../project/narrowed-images.ts';
import { recipeForm } from '../project/recipe-form.ts';
import { RunJudgments } from '../project/run-judgments.ts';
import { sweepFields } from '../project/sweep-form.ts';
import { preflightOf } from './choice-training.ts';
import type { EngineMethods } from './engine-messages.ts';
import type { KeptFiles } from './kept-files.ts';
import { ALL_PLACES } from './kept-places.ts';
import { KeptRuns } from './kept-runs.ts';
import type { OpenKeptTexts } from './kept-texts.ts';
import { startPageCheck } from './page-check.ts';
import { exampleMethods, runMethods } from './project-methods.ts';
import { siteWork } from './site-worker.ts';
import { TextAnswers } from './text-answers.ts';
import { textTraining } from './text-training.ts';
import { trainingMethods } from './training-methods.ts';
import { SITE, siteAddress } from './wasm-files.ts';

/**
 * Opens texts that the browser keeps.
 *
 * @param tell - Hears everything from now on, first how all stands.
 * @returns What it can do; the rest needs `graft studio` on a machine.
 * @throws {GraftError} `file-write`, `file-not-found`; `dataset`, if a newer version wrote it.
 */
export async function openTextStudio(
  files: KeptFiles,
  open: OpenKeptTexts,
  tell: (event: StudioEvent) => void,
): Promise<Partial<EngineMethods>> {
  const tellProject = (): void => {
    tell({ type: 'project', project: project.state() });
    if (check.findings !== undefined) check.tell();
  };
  const texts = await open(files, () => tellProject());
  const { name, project } = texts;
  const { index } = project;
  const check = new ImageCheck({
    index,
    examples: texts.checkedExamples,
    begin(onProgress) {
      const checked = texts.checked();
      const backbone = siteAddress(SITE.textNetwork);
      return startPageCheck(
        async (calls) => checkTexts(checked, { ...(await siteWork()), ...calls, backbone }),
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
  await texts.begin();
  const said = (): SaidOfAll => ({
    findings: check.findings,
    judgeOf: (run) => judgments.judgeOf(run),
  });
  const tellRuns = async (): Promise<void> => tell({ type: 'runs', runs: await runs.list() });
  const trainings = await trainingMethods({
    name: texts.runName,
    training: textTraining(() => texts.labeled()),
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
        data: texts.data,
        divide: (recipe) => divideTextSets({ train: texts.labeled() }, recipe, undefined),
      }),
    explain: (run, hash, className) => answers.explain(run, hash, className),
    try: (run, example) => answers.try(run, example),
    openTable: async (table) => {
      throw notEmpty(`table "${table.name}"`, name);
    },
    openTexts: async () => {
      throw notEmpty('text folders', name);
    },
    save: () => texts.save(),
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

function notEmpty(where: string, name: string): GraftError {
  return new GraftError('argument', {
    where,
    expected: 'a new project',
    received: `that of "${name}"`,
    advice: 'Save it if you want it again, choose New project, and drop it once more.',
  });
}
