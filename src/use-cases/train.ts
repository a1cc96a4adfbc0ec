/** @file Trains a model in a run's folder: the whole way from a data folder to a model file. */

import { extname, resolve } from 'node:path';
import { classifierGraph, classifierInfo } from '../artifacts/classifier-file.ts';
import { VERSION } from '../artifacts/graft-version.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { PassedOver } from '../node/artifacts/checkpoint.ts';
import { runCheckpoints } from '../node/artifacts/run-checkpoints.ts';
import { claimRunFolder, type RunFolder, resumeRunFolder } from '../node/artifacts/run-folder.ts';
import { writeRun } from '../node/artifacts/run-outputs.ts';
import type { RunStart } from '../node/artifacts/run-start.ts';
import { dataHash, type TrainingRecord, writeTrainingRecord } from '../node/artifacts/training-record.ts';
import { type CsvOptions, isLabelFile } from '../node/training/csv-image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { trainClassifier } from '../node/training/train-classifier.ts';
import type { TextClassifierOptions } from '../node/training/train-text-classifier.ts';
import type { RecipeInput } from '../recipe/recipe.ts';
import type { Task } from '../recipe/task.ts';
import type { ClassifierOptions, TrainableModel } from '../runs/classifier-options.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { TrainedTextClassifier } from '../runs/grow-text-classifier.ts';
import { tellData } from './data-event.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { EpochEvents } from './epoch-events.ts';
import { planReport } from './estimate-report.ts';
import { openRunCache } from './feature-cache.ts';
import { areTexts, askedOf, fittingRecipe, gatherExamples } from './gather-examples.ts';
import { tellMetrics } from './metrics-event.ts';
import { tellModel, tellTextModel } from './model-event.ts';
import type { EventListener } from './run-event.ts';
import { StageEvents } from './stage-events.ts';
import { type TrainReport, trainReport } from './train-report.ts';
import type { FeatureOptions } from './use-case-options.ts';

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

/** A trained model of images, or of texts. */
export type Trained = TrainedClassifier<Task> | TrainedTextClassifier<Task>;

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
  const start = { ...(await askedOf(data, said, csv)), strict };
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
  const { onEvent: emit = () => {}, signal } = options;
  const note = (text: string): void => emit({ type: 'note', text });
  const isResumed = 'run' in asked;
  const cache = await openRunCache(options.cache, { onNote: note });
  let held: RunFolder | undefined;
  try {
    const resumed = isResumed ? await resumeRunFolder(asked.run, { onWait: note, signal }) : undefined;
    held = resumed?.folder;
    const begun = isResumed ? resumed!.start : asked.start;
    const sets = await gatherExamples(begun, signal);
    const start = isResumed ? begun : { ...begun, recipe: fittingRecipe(begun, asked.said, sets) };
    held ??= await claimRunFolder(options.out, nameOf(start.dir), options.overwrite ?? false, {
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
        if (!isResumed) await folder.begin(start);
      },
      onPhase: (index, phase, features) => epochs.onPhase(index, phase, features),
      onFeatures: (done, total, epoch) => epochs.onFeatures(done, total, epoch),
      onStep: (progress) => epochs.onStep(progress),
      onEpoch: (record) => epochs.onEpoch(record),
    } satisfies Omit<ClassifierOptions, 'onModel'>;
    const result: Trained = areTexts(sets)
      ? await trainTexts(sets, {
          ...common,
          onModel: (classifier) => announce(classifier, (shown) => tellTextModel(shown, sets, emit)),
        })
      : await trainClassifier(sets, {
          ...common,
          strict: start.strict,
          download: fetchOptions(options.download, emit),
          onDownload: tellDownload(stages),
          onModel: (classifier) => announce(classifier, (shown) => tellModel(shown, emit)),
        });
    const trained = { ...result, recipe: { ...result.recipe, ...start.given } } as Trained;
    stages.end();
    await folder.requireHeld();
    const model = await writeTrained(folder.path, trained);
    const total = (performance.now() - started) / 1000;
    const report = trainReport(trained, sets, { run: folder.path, model, total });
    await writeTrainingRecord(folder.path, recordOf(start, report, trained));
    if (trained.history.ended !== 'interrupted') await folder.end();
    tellMetrics(trained, emit);
    if (trained.skipped.length > 0) emit({ type: 'skipped', skipped: trained.skipped });
    const isWanted = options.report !== false && trained.history.ended !== 'interrupted';
    const html = isWanted ? await writeReport(folder.path, emit, signal) : undefined;
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

/** What the run's report will be told of the training. */
function recordOf({ dir, csv }: RunStart, report: TrainReport, { trainedHashes }: Trained): TrainingRecord {
  const { seconds, peakMemoryBytes, parameters, ended, skipped, duplicates } = report;
  return {
    data: dir,
    path: resolve(dir),
    csv,
    dataSha256: dataHash(trainedHashes),
    seconds,
    peakMemoryBytes,
    parameters,
    ended,
    skipped,
    duplicates,
  };
}

/** The model is there by now: what goes wrong with its report is said, and is no failure of the training. */
async function writeReport(
  folder: string,
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (signal?.aborted) return undefined;
  const onEvent: EventListener = (event) => {
    if (event.type === 'progress' || event.type === 'note') emit(event);
  };
  try {
    // Loaded by runs that have come to their end.
    const { reportRun } = await import('./report.ts');
    return (await reportRun(folder, { onEvent, signal })).html;
  } catch (error) {
    const why = error instanceof GraftError ? error.message : String(error);
    emit({ type: 'note', text: `No report was written: ${why} graft report ${folder} writes it.` });
    return undefined;
  }
}

/** What a text needs is loaded for texts alone. */
async function trainTexts(
  texts: TextSets,
  options: TextClassifierOptions,
): Promise<TrainedTextClassifier<Task>> {
  const { trainTextClassifier } = await import('./text-work.ts');
  return trainTextClassifier(texts, options);
}

async function writeTrained(folder: string, trained: Trained): Promise<string> {
  if (!('tokens' in trained)) {
    return writeRun(folder, classifierGraph(trained), classifierInfo(trained, VERSION), trained);
  }
  const { textClassifierGraph, textClassifierInfo } = await import('./text-work.ts');
  const { history, trainedHashes, backbone } = trained;
  const beside = { history, trainedHashes, tokenizer: backbone.tokenizer.json };
  return writeRun(folder, textClassifierGraph(trained), textClassifierInfo(trained, VERSION), beside);
}

/** What the default folder of a run is called after: of a CSV file without its ending. */
function nameOf(data: string): string {
  return isLabelFile(data) ? data.slice(0, -extname(data).length) : data;
}

/** What becomes of a checkpoint that is no use, and of the run. */
function passedOver(file: string, { reason, hasEarlier }: PassedOver): string {
  return `${file} is ${reason}; ${hasEarlier ? 'taking the checkpoint before it' : 'there is none before it, so the run begins anew'}.`;
}
