/** @file Trains a model in a run's folder: the whole way from a data folder to a model file. */

import { GraftError } from '../core/errors/graft-error.ts';
import { EpochEvents } from '../events/epoch-events.ts';
import { tellMetrics } from '../events/metrics-event.ts';
import { tellModel, tellTextModel } from '../events/model-event.ts';
import { StageEvents } from '../events/stage-events.ts';
import { runCheckpoints } from '../node/artifacts/run-checkpoints.ts';
import { claimRunFolder, type RunFolder, resumeRunFolder } from '../node/artifacts/run-folder.ts';
import { type RunStart, readRunStart, trainingStart } from '../node/artifacts/run-start.ts';
import { loadKernel } from '../node/runtime/kernel-files.ts';
import { type CsvOptions, isLabelFile } from '../node/training/csv-image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { trainClassifier } from '../node/training/train-classifier.ts';
import type { TextClassifierOptions } from '../node/training/train-text-classifier.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import { DEFAULT_TASK, type Task } from '../recipe/task.ts';
import type { ClassifierOptions, ExplainOutputs, TrainableModel } from '../runs/classifier-options.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import { hintAtBackbone } from './backbone-hint.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { planReport } from './estimate-report.ts';
import type { explainWorstTexts } from './explain-worst-texts.ts';
import { openRunCache } from './feature-cache.ts';
import { areTexts, fittingRecipe, gatherExamples, readAsked } from './gather-examples.ts';
import { passedOver } from './passed-over.ts';
import { recordTraining } from './record-training.ts';
import type { EndedTraining } from './report.ts';
import type { EventListener } from './run-event.ts';
import { type TrainReport, trainReport } from './train-report.ts';
import type { FeatureOptions } from './use-case-options.ts';
import { defaultRunName, type Trained, writeTrained } from './write-trained.ts';

/** What one may say of a training, of a new one and of one that is resumed. */
export interface ResumeOptions extends Omit<FeatureOptions, 'strict'> {
  /** Between checkpoints in the middle of an epoch; 0 writes one after every step. Default 300. */
  readonly checkpointSeconds?: number | undefined;
  /** Whether `report.html` and `README.md`, the model card, are written at the end. Default true. */
  readonly report?: boolean | undefined;
}

/** What one may say of a new training. */
export interface TrainOptions extends ResumeOptions, Pick<FeatureOptions, 'strict'> {
  /** What is not said is taken from `DEFAULT_RECIPE`. */
  readonly recipe?: RecipeInput | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** The run's folder. Default: the next free `graft-runs/NAME-N`. */
  readonly out?: string | undefined;
  /** Uses the folder even if it holds files: those of an earlier run are replaced, all others stay. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** What a training came to. */
export interface TrainResult {
  /** Plain data, as `graft train --json` prints it. */
  readonly report: TrainReport;
  /** The model with its trained weights, its history, and all metrics. */
  readonly trained: Trained;
}

/**
 * Trains on a folder of class folders (or of `train/`, `val/` and `test/` with class folders), or on a CSV file of images
 * or texts and labels, and writes `model.onnx`, `recipe.json`, `history.csv`, `curves.svg`, `training.json`, `report.html` and `README.md`, the model card,
 * into a run's folder. As `graft train`.
 *
 * Events: `data`, `model`, `plan`, then of each phase `phase`, `progress` and `stage` of its features, `step` and `epoch`;
 * at the end `metrics` of each set and `result`. If the signal aborts while it trains, the best epoch so far is kept and the
 * report says `ended: 'interrupted'`; before that, the promise is rejected with a GraftError of code `interrupted`.
 *
 * @param data - The folder or CSV file.
 * @throws {GraftError} `dataset`, `argument`, `weights`, `memory`, `file-exists`, `file-write`, `not-a-number`,
 *   `interrupted`, and others: see `error.code`.
 */
export async function train(data: string, options: TrainOptions = {}): Promise<TrainResult> {
  const { recipe: said = {}, csv, strict = false } = options;
  const start = { ...(await readAsked(data, said, csv)), strict };
  return trainInFolder({ start, said }, options);
}

/**
 * Resumes a run that was killed or interrupted, exactly as if it had not been: its data, recipe and seed are those that it
 * was begun with, and the weights are the same bit for bit. As `graft train --resume`.
 *
 * @param run - The run's folder.
 * @throws {GraftError} `checkpoint`, if there is no such run, it has ended, or the data changed; and as {@link train}.
 */
export function resumeTraining(run: string, options: ResumeOptions = {}): Promise<TrainResult> {
  return trainInFolder({ run }, options);
}

/** What is trained: something new, or the run of a folder. */
type Training = { readonly start: RunStart; readonly said: RecipeInput } | { readonly run: string };

async function trainInFolder(asked: Training, options: TrainOptions): Promise<TrainResult> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, report: hasReport = true } = options;
  const note = (text: string): void => emit({ type: 'note', text });
  const isResumed = 'run' in asked;
  const cache = await openRunCache(options.cache, { onNote: note });
  let held: RunFolder | undefined;
  try {
    const resumed = isResumed
      ? await resumeRunFolder(asked.run, readRunStart, { onWait: note, signal })
      : undefined;
    held = resumed?.folder;
    const begun = isResumed ? resumed!.start : asked.start;
    await beginLoading(begun);
    const sets = await gatherExamples(begun, signal);
    const start = isResumed ? begun : { ...begun, recipe: fittingRecipe(begun, asked.said, sets) };
    held ??= await claimRunFolder(options.out, defaultRunName(start.dir), options.overwrite ?? false, {
      onWait: note,
      signal,
    });
    const folder = held;
    tellData(start.dir, sets, emit);
    const stages = new StageEvents(emit);
    const epochs = new EpochEvents(emit, stages, areTexts(sets) ? 'texts' : 'images');
    let parameters = 0;
    const announce = async <C extends TrainableModel>(
      classifier: C,
      tell: (shown: C) => void,
    ): Promise<void> => {
      stages.end();
      parameters = classifier.parameters.total;
      await folder.requireRoom(parameters);
      tell({ ...classifier, recipe: { ...classifier.recipe, ...start.given } });
      epochs.onModel(classifier);
    };
    const common = {
      folder: start.dir,
      recipe: start.recipe,
      featureStores: cache,
      checkpoints: runCheckpoints(folder.path, {
        resume: isResumed,
        everySeconds: options.checkpointSeconds,
        beforeSave: () => folder.requireHeld(),
        onTorn: (file, passed) => note(passedOver(file, passed)),
        onResume: (epoch, step, records) => {
          epochs.resume(records);
          emit({ type: 'resume', epoch, step });
        },
      }),
      signal: signal ? AbortSignal.any([signal, folder.lost]) : folder.lost,
      threads: options.threads,
      onPreflight: async (estimate) => {
        emit({ type: 'plan', ...planReport(estimate) });
        await folder.requireRoom(parameters, estimate.diskBytes.checkpoints);
        // The recipe has been checked by now: what an earlier run left may go.
        if (!isResumed) await folder.begin(trainingStart(start));
      },
      onPhase: (index, phase, features) => epochs.onPhase(index, phase, features),
      download: fetchOptions(options.download, emit),
      onDownload: tellDownload(stages),
      onFeatures: (done, total, epoch) => epochs.onFeatures(done, total, epoch),
      onStep: (progress) => epochs.onStep(progress),
      onEpoch: (record) => epochs.onEpoch(record),
    } satisfies Omit<ClassifierOptions, 'onModel'>;
    const result: Trained = areTexts(sets)
      ? await trainTexts(sets, {
          ...common,
          explain: hasReport
            ? await explainTexts(sets, (done, total) => stages.update('explanations', done, total, 'texts'))
            : undefined,
          onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
          onModel: (classifier) => announce(classifier, (shown) => tellTextModel(shown, sets, emit)),
        })
      : await trainClassifier(sets, {
          ...common,
          strict: start.strict,
          onModel: (classifier) => announce(classifier, (shown) => tellModel(shown, emit)),
        });
    const trained = { ...result, recipe: { ...result.recipe, ...start.given } } as Trained;
    stages.end();
    await folder.requireHeld();
    const isReported = hasReport && trained.history.ended !== 'interrupted';
    // Its code is read while the model is written. What fails is told when it is needed.
    if (isReported) import('./report.ts').catch(() => {});
    const written = await writeTrained(folder.path, trained);
    const total = (performance.now() - started) / 1000;
    for (const text of trained.confidence?.notes ?? []) note(text);
    const report = trainReport(trained, sets, { run: folder.path, model: written.path, total });
    await recordTraining(start, sets, trained, { ...report, modelSha256: written.sha256 });
    if (trained.history.ended !== 'interrupted') await folder.end();
    tellMetrics(trained, emit);
    const hint = areTexts(sets) ? undefined : hintOf(start.dir, trained);
    if (hint !== undefined) note(hint);
    if (trained.skipped.length > 0) emit({ type: 'skipped', skipped: trained.skipped });
    const html = isReported
      ? await writeReport(folder.path, { sets, model: written }, emit, signal)
      : undefined;
    const told = html === undefined ? report : { ...report, html };
    emit({ type: 'result', useCase: 'train', report: told });
    return { report: told, trained };
  } catch (error) {
    // Whoever has taken the folder over is the reason of whatever followed.
    if (held?.lost.aborted) await held.requireHeld();
    throw error;
  } finally {
    await held?.release();
    await cache?.close();
  }
}

/** The model is there by now: what goes wrong with its report is said, and is no failure of the training. */
async function writeReport(
  folder: string,
  ended: EndedTraining,
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (signal?.aborted) return undefined;
  const onEvent: EventListener = (event) => {
    if (event.type === 'progress' || event.type === 'stage' || event.type === 'note') emit(event);
  };
  try {
    // Loaded by runs that have come to their end.
    const { reportTrained } = await import('./report.ts');
    return (await reportTrained(folder, ended, { onEvent, signal })).html;
  } catch (error) {
    const why = error instanceof GraftError ? error.message : String(error);
    emit({ type: 'note', text: `No report was written: ${why} graft report ${folder} writes it.` });
    return undefined;
  }
}

/** What other threads can do while this one reads the data. */
async function beginLoading({ csv, recipe }: RunStart): Promise<void> {
  // Whoever needs it hears what is wrong with it.
  loadKernel('dense-step-unshared').catch(() => {});
  if (csv.as !== 'texts') return;
  const { beginLoadingTextBackbone } = await import('./text-work.ts');
  beginLoadingTextBackbone(recipe.backbone);
}

/** What a text needs is loaded for texts alone. */
async function trainTexts(
  texts: TextSets,
  options: TextClassifierOptions,
): Promise<TrainedTextClassifier<Task>> {
  const { trainTextClassifier } = await import('./text-work.ts');
  return trainTextClassifier(texts, options);
}

async function explainTexts(...args: Parameters<typeof explainWorstTexts>): Promise<ExplainOutputs> {
  const { explainWorstTexts: explain } = await import('./text-work.ts');
  return explain(...args);
}

/** Of classes alone: nothing else is compared by `graft recommend`. */
function hintOf(data: string, { recipe, history, validation }: Trained): string | undefined {
  if (recipe.task !== DEFAULT_TASK || !('accuracy' in validation) || isLabelFile(data)) return undefined;
  const { accuracy, interval } = validation;
  return hintAtBackbone({ data, recipe, history, accuracy, interval });
}
