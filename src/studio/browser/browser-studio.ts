/** @file The studio on what a browser keeps: what pages ask, answered in a worker. */

import { check as checkInPage } from '../../web/check.ts';
import { divideImages } from '../../web/image-classes.ts';
import type { ImagesByClass, NamedImage } from '../../web/named-images.ts';
import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import { clearStoredFeatures } from '../../web/stored-features.ts';
import type { Preflight } from '../engine/run-state.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import { EditJournal } from '../project/edit-journal.ts';
import { ImageCheck } from '../project/image-check.ts';
import type { IndexedImage } from '../project/image-index.ts';
import type { SaidOfAll } from '../project/narrowed-images.ts';
import { Project } from '../project/project.ts';
import { editStepSchema } from '../project/project-place.ts';
import { recipeForm } from '../project/recipe-form.ts';
import { RunJudgments } from '../project/run-judgments.ts';
import { sweepFields } from '../project/sweep-form.ts';
import { type PreflightOptions, preflightOf } from './choice-training.ts';
import type { EngineMethods } from './engine-messages.ts';
import { imageTraining } from './image-training.ts';
import type { KeptFiles } from './kept-files.ts';
import { KeptFolder } from './kept-folder.ts';
import { keepImage } from './kept-images.ts';
import { openKeptJournal } from './kept-journal.ts';
import { ALL_PLACES, imagePlace } from './kept-places.ts';
import { KeptRuns } from './kept-runs.ts';
import { ModelAnswers } from './model-answers.ts';
import { NeighborSearch } from './neighbor-search.ts';
import { openTable, openTexts, type ProjectBefore } from './open-texts.ts';
import { startPageCheck } from './page-check.ts';
import { writeArchive } from './project-archive.ts';
import { exampleMethods, runMethods } from './project-methods.ts';
import { makeExport } from './site-exports.ts';
import { siteWork } from './site-worker.ts';
import { trainingMethods } from './training-methods.ts';

/**
 * Opens what the browser keeps.
 *
 * @param tell - Hears everything from now on, first how all stands.
 * @returns What it can do; the rest needs `graft studio` on a machine.
 * @throws {GraftError} `file-write`; `dataset`, if a newer version wrote it.
 */
export async function openBrowserStudio(
  files: KeptFiles,
  tell: (event: StudioEvent) => void,
): Promise<Partial<EngineMethods>> {
  const { file, text } = await openKeptJournal(files);
  const place = new KeptFolder(file, text, (given) => keepImage(files, given));
  const journal = await EditJournal.open(file, text, editStepSchema);
  const project = new Project({ place, journal, onChange: () => tellProject() });
  const { index } = project;
  const runs = new KeptRuns(files);
  const answers = new ModelAnswers(files, runs);
  const judgments = new RunJudgments(
    index,
    (run, signal) => answers.ask(run, [...new Set(classed().flatMap(({ hash }) => hash ?? []))], signal),
    (results) => tell({ type: 'results', results }),
  );
  const tellProject = (): void => {
    for (const image of index.all)
      if (image.hash === undefined) index.setHash(image, place.hashAt(image.path) ?? null, '');
    tell({ type: 'project', project: project.state() });
    if (check.findings !== undefined) check.tell();
  };
  const tellRuns = async (): Promise<void> => tell({ type: 'runs', runs: await runs.list() });
  /** With a class, in the order of their paths: as a folder is read. */
  const classed = (): readonly IndexedImage[] => index.all.filter(({ className }) => className !== null);
  const imagesByClass = async (): Promise<ImagesByClass> => {
    const classes: Record<string, NamedImage[]> = {};
    for (const { name } of project.state().classes) classes[name] = [];
    for (const { className, hash, path } of classed()) {
      const image = hash ? await files.read(imagePlace(hash)) : undefined;
      if (image !== undefined) classes[className!]!.push({ image, name: path.slice(className!.length + 1) });
    }
    return classes;
  };
  const check = new ImageCheck({
    index,
    begin: (onProgress) =>
      startPageCheck(
        async (calls) => checkInPage(await imagesByClass(), { ...(await siteWork()), ...calls }),
        onProgress,
      ),
    onChange: (state) => tell({ type: 'check', check: state }),
  });
  const search = new NeighborSearch({
    index,
    runs,
    image: (hash) => answers.image(hash),
    images: imagesByClass,
  });
  const said = (): SaidOfAll => ({
    findings: check.findings,
    judgeOf: (run) => judgments.judgeOf(run),
  });
  const asked: PreflightOptions = {
    holds: 'images',
    data: 'FOLDER',
    divide: async (recipe) => divideImages({ train: await imagesByClass() }, recipe, undefined),
  };
  let counted: { readonly key: string; readonly preflight: Preflight } | undefined;
  const clear = async (): Promise<void> => {
    // They have files open that are to be removed.
    await Promise.all([check.close(), search.close()]);
    judgments.close();
    await project.close();
    for (const each of ALL_PLACES) await files.remove(each);
    await clearStoredFeatures();
    await removeStoredCheckpoints();
  };
  const before = async (): Promise<ProjectBefore> => {
    return { images: index.all.length, runs: (await runs.list()).length, clear };
  };
  await project.rescan();
  const training = imageTraining(imagesByClass);
  const trainings = await trainingMethods({
    name: place.name,
    training,
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
    form: async () => [...recipeForm([]), ...sweepFields()],
    async preflight(choice) {
      const key = JSON.stringify([choice, index.version]);
      if (counted?.key !== key) counted = { key, preflight: await preflightOf(choice, asked) };
      return counted.preflight;
    },
    explain: (run, hash) => answers.explain(run, hash),
    heatMap: (request) => answers.heatMap(request),
    neighbors: (run, hash) => search.find(run, hash),
    try: (run, image) => answers.try(run, image),
    async export(run, format) {
      return makeExport(files, { run, format, model: await runs.modelBytes(run) });
    },
    async save() {
      await writeArchive(
        files,
        classed().flatMap(({ path, hash }) => (hash ? [[path, hash] as const] : [])),
      );
      return 'download/project/my-project';
    },
    openTable: async (table) => openTable(files, table, await before()),
    openTexts: async (folders) => openTexts(files, folders, await before()),
    clear,
  };
}
