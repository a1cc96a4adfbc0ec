/** @file The studio on what a browser keeps: what pages ask, answered in a worker. */

import { readRecipe } from '../../recipe/recipe-input.ts';
import { check as checkInPage } from '../../web/check.ts';
import { divideImages, type ImagesByClass, type NamedImage } from '../../web/image-classes.ts';
import { removeStoredCheckpoints } from '../../web/stored-checkpoints.ts';
import { clearStoredFeatures } from '../../web/stored-features.ts';
import type { Preflight } from '../engine/run-state.ts';
import type { StudioEvent } from '../engine/studio-engine.ts';
import type { RecipeChoice } from '../engine/training-state.ts';
import { EditJournal } from '../project/edit-journal.ts';
import { ImageCheck } from '../project/image-check.ts';
import type { IndexedImage } from '../project/image-index.ts';
import type { SaidOfAll } from '../project/narrowed-images.ts';
import { Project } from '../project/project.ts';
import { editStepSchema } from '../project/project-place.ts';
import { chosenRecipe, commandText, createFlags, recipeForm } from '../project/recipe-form.ts';
import { RunJudgments } from '../project/run-judgments.ts';
import { sweepChoice, sweepFields } from '../project/sweep-form.ts';
import type { EngineMethods } from './engine-messages.ts';
import { imageTraining, requireChoice } from './image-training.ts';
import type { KeptFiles } from './kept-files.ts';
import { KeptFolder } from './kept-folder.ts';
import { keepImage } from './kept-images.ts';
import { openKeptJournal } from './kept-journal.ts';
import { ALL_PLACES, imagePlace } from './kept-places.ts';
import { KeptRuns } from './kept-runs.ts';
import { ModelAnswers } from './model-answers.ts';
import { NeighborSearch } from './neighbor-search.ts';
import { openTable } from './open-table.ts';
import { startPageCheck } from './page-check.ts';
import { writeArchive } from './project-archive.ts';
import { exampleMethods, runMethods } from './project-methods.ts';
import { QueuedTrainings } from './queued-trainings.ts';
import { makeExport } from './site-exports.ts';
import { siteWork } from './site-worker.ts';

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
  const trainings = new QueuedTrainings({
    training: imageTraining(imagesByClass),
    onChange(training) {
      if (training !== undefined) tell({ type: 'training', training });
      else tell({ type: 'trainings', trainings: trainings.all });
    },
    onBegin: async (run, choice) => {
      await runs.begin(run, choice);
      await tellRuns();
    },
    async onEnd(run, trained) {
      await runs.add(run, trained);
      judgments.forget(run);
      await answers.close();
      await tellRuns();
    },
    async onNothing(run) {
      await runs.forget(run);
      await removeStoredCheckpoints(run);
      await tellRuns();
    },
  });
  let numbers = await runs.nextNumber();
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
  await project.rescan();
  tell({ type: 'trainings', trainings: [] });
  check.tell();
  await tellRuns();
  return {
    ...exampleMethods(project, said),
    ...runMethods({ index, runs, judgments, tellRuns }),
    acceptLabels: (ids) => check.acceptLabels(ids, (moves) => project.relabelEach(moves)),
    check: async () => check.start(),
    stopCheck: async () => check.stop(),
    form: async () => [...recipeForm([]), ...sweepFields()],
    async preflight(choice) {
      const key = JSON.stringify([choice, index.version]);
      if (counted?.key !== key)
        counted = { key, preflight: await preflightOf(choice, await imagesByClass()) };
      return counted.preflight;
    },
    train: async (choice) => trainings.start(`${place.name}-${numbers++}`, choice),
    resume: async (run) => trainings.resume(run, await runs.unfinished(run)),
    stop: async (run) => trainings.stop(run),
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
    openTable: async (table) =>
      openTable(files, table, { images: index.all.length, runs: (await runs.list()).length, clear }),
    clear,
  };
}

/** What is trained on, and what validates. How long it takes, nobody knows of a browser. */
async function preflightOf(choice: RecipeChoice, train: ImagesByClass): Promise<Preflight> {
  requireChoice(choice);
  const { flags, shared } = sweepChoice(choice);
  const work = flags.length === 0 ? 'train' : 'sweep';
  const command = commandText(['graft', work, 'FOLDER', ...flags, ...createFlags(shared, [])]);
  const divided = await divideImages({ train }, readRecipe(chosenRecipe(shared, [])), undefined);
  return {
    command,
    notes: divided.notes,
    error: null,
    train: divided.train.length,
    validation: divided.validation.length,
    test: 0,
    features: null,
    seconds: null,
    memoryBytes: null,
  };
}
