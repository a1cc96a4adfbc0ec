/** @file What people and programs hear of a training run. */

import { visible } from '../errors/visible-text.ts';
import type { PrecisionComparison } from '../features/compare-precision.ts';
import { imageMemoryNote } from '../features/image-memory.ts';
import type { FitProgress } from '../fit/fit-options.ts';
import type { EpochRecord } from '../fit/history.ts';
import { describePreprocessing } from '../models/preprocessing-text.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { DEFAULT_TASK, type ReportOf, type Task, taskNamed } from '../recipe/task.ts';
import type { ClassifierModel } from '../runs/classifier-options.ts';
import { findDuplicates } from '../runs/duplicate-report.ts';
import type { Preflight } from '../runs/estimate/estimate-report.ts';
import type { TrainedClassifier } from '../runs/grow-classifier.ts';
import type { ImageSets } from '../runs/image-sets.ts';
import { lostTo } from '../runs/phase-results.ts';
import type { DownloadProgress } from '../weights/download/download.ts';
import { sayDuplicates } from './duplicate-output.ts';
import { metricsLines, sayDetails, saySkipped } from './metrics-output.ts';
import { sayPreflight } from './preflight-output.ts';
import { short } from './target-metrics.ts';
import { duration, percent, rateText, type StageProgress, say, startProgress, styled } from './terminal.ts';

/** The document of `--json`; other programs rely on its shape. */
export function report({
  run,
  model,
  images,
  trained,
  seconds,
}: {
  readonly run: string;
  readonly model: string;
  readonly images: ImageSets<Task>;
  readonly trained: TrainedClassifier<Task>;
  readonly seconds: { features: number; training: number; total: number };
}): Record<string, unknown> {
  const { recipe, classes, history } = trained;
  const isClassifier = recipe.task === DEFAULT_TASK;
  return {
    run,
    model,
    ...(isClassifier ? { classes } : { task: recipe.task, names: classes }),
    ...reportedMetrics(trained),
    epochs: history.epochs.length,
    bestEpoch: trained.bestEpoch,
    ...(trained.phases.length > 0 && { phases: trained.phases }),
    parameters: trained.parameters,
    seconds,
    imagesPerSecond: trained.imagesPerSecond,
    ...(trained.int8?.comparison && { int8: trained.int8.comparison }),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    duplicates: findDuplicates(images),
    skipped: trained.skipped,
  };
}

export function sayPlan(dir: string, images: ImageSets<Task>): void {
  const { task, classes, train, validation, test } = images;
  const sizes = [
    `${train.length} images to train on`,
    `${validation.length} to validate (${images.validationSource})`,
    ...(test ? [`${test.length} to test`] : []),
  ];
  const names = `${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', ...' : ''}`;
  const { one, several } = taskNamed<Task>(task).words;
  say(
    `${styled('bold', visible(dir))}: ${classes.length} ${classes.length === 1 ? one : several} (${visible(names)})`,
  );
  say(sizes.join(', '));
  for (const warning of images.warnings) say(`${styled('yellow', 'note')} ${visible(warning)}`);
  sayDuplicates(findDuplicates(images), images.isSplit ?? false);
}

/** Of a classifier the least that tells how good it is; of other models all metrics. */
function reportedMetrics(trained: TrainedClassifier<Task>): Record<string, unknown> {
  const { train, validation, test } = trained;
  const brief = (metrics: ReportOf[Task], counts: boolean): object => {
    if (!('accuracy' in metrics)) return metrics;
    const { images, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = metrics;
    return { images, loss, accuracy, ...(counts && { interval }), balancedAccuracy, macroF1, baseline };
  };
  return {
    train: brief(train, false),
    validation: brief(validation, true),
    ...(test && { test: brief(test, true) }),
  };
}

/** How pixels are scaled, where no pretrained config of the backbone's says so. */
export function sayPixels({
  backbone,
  preprocessing,
}: Pick<ClassifierModel, 'backbone' | 'preprocessing'>): void {
  const { preprocessingSource: source } = backbone.pretrainedConfig;
  if (source !== undefined) say(visible(`pixels: ${describePreprocessing(preprocessing)} (${source})`));
}

/** The stages of a run, as people see them. */
export class TrainingProgress {
  #download: StageProgress | undefined;
  #features: StageProgress | undefined;
  #training: StageProgress | undefined;
  #last = '';
  #phase: Recipe | undefined;

  onDownload({ receivedBytes, totalBytes }: DownloadProgress): void {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
    this.#download ??= startProgress('weights', megabytes(totalBytes ?? receivedBytes), 'MB');
    this.#download.update(megabytes(receivedBytes));
  }

  onModel({ model, backbone, parameters, recipe, preprocessing }: ClassifierModel): void {
    this.#download?.stop();
    const frozen = recipe.unfreeze === null ? 'frozen' : `trained from ${recipe.unfreeze} on`;
    say(visible(`${recipe.backbone}, ${frozen}, cut at ${recipe.cut}, ${recipe.sizePx} px`));
    sayPixels({ backbone, preprocessing });
    const [trainable, total] = [parameters.trainable, parameters.total].map((n) => n.toLocaleString('en'));
    say(`head ${formatHead(recipe.head)}: ${trainable} of ${total} parameters are trained`);
    const size = imageMemoryNote({ model, pretrainedConfig: backbone.pretrainedConfig });
    for (const note of [...backbone.notes, ...(size === undefined ? [] : [size])]) {
      say(`${styled('yellow', 'note')} ${visible(note)}`);
    }
  }

  onPreflight(estimate: Preflight): void {
    sayPreflight(estimate);
  }

  /** @param features - Images whose features the phase begins with. */
  onPhase(index: number, phase: Recipe, features: number): void {
    this.#features?.stop();
    this.#training?.stop();
    this.#training = undefined;
    this.#phase = phase;
    if (index > 0) say(`then ${phase.unfreeze === null ? 'the head' : `from ${phase.unfreeze} on`}`);
    this.#features = startProgress('features', features, 'images');
  }

  /** With augmentation, the training images go through the frozen part in every epoch: that is what takes time. */
  onFeatures(done: number, total: number, epoch: number): void {
    if (epoch === 0) this.#features?.update(done);
    else
      this.#startTraining(this.#phase!.epochs * total, 'images').update(
        (epoch - 1) * total + done,
        this.#last,
      );
  }

  onStep({ epoch, epochs, step, steps }: FitProgress): void {
    if (this.#phase!.augmentation !== null) return;
    this.#startTraining(epochs * steps, 'steps').update((epoch - 1) * steps + step, this.#last);
  }

  onEpoch({ epoch, logs }: EpochRecord): void {
    const [accuracy, f1, error] = ['val_accuracy', 'val_f1_score', 'val_mae'].map((name) => logs[name]);
    const told =
      accuracy !== undefined
        ? `, validation ${percent(accuracy)}`
        : error !== undefined
          ? `, validation error ${short(error)}`
          : f1 !== undefined
            ? `, validation F1 ${f1.toFixed(3)}`
            : '';
    this.#last = `epoch ${epoch}${told}`;
  }

  #startTraining(total: number, unit: string): StageProgress {
    if (this.#training === undefined) {
      this.#features?.stop();
      this.#training = startProgress('training', total, unit);
    }
    return this.#training;
  }

  /** Ends what is on the screen; harmless when it has ended. */
  close(outcome?: string): void {
    this.#download?.stop(outcome);
    this.#features?.stop(outcome);
    this.#training?.stop(outcome);
  }
}

export function sayResult(
  trained: TrainedClassifier<Task>,
  run: string,
  model: string,
  seconds: number,
): void {
  const { history, train, validation, test } = trained;
  say();
  const why = { epochs: '', stopped: ', stopped early', interrupted: ', interrupted' }[history.ended];
  const epochs = history.epochs.length;
  // As the number of the best one is written, and as in history.csv.
  say(`${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${why}; kept the weights of epoch ${trained.bestEpoch}`);
  printMetrics('training', metricsLines(train, false));
  printMetrics('validation', metricsLines(validation, true));
  if (test !== undefined) printMetrics('test', metricsLines(test, true));
  sayPhases(trained);
  const comparison = trained.int8?.comparison;
  if (comparison !== undefined) sayPrecision(comparison);
  sayDetails(test ?? validation);
  saySkipped(trained.skipped);
  say(`${duration(seconds)} in all; ${whereFrom(trained)}`);
  say(`model       ${styled('bold', visible(model))}`);
  say(`also there  history.csv, recipe.json, curves.svg in ${visible(run)}`);
}

/** Lines under one name, which stands before the first. */
function printMetrics(name: string, [first, ...others]: readonly string[]): void {
  say(`${name.padEnd(12)}${first}`);
  for (const line of others) say(`${' '.repeat(12)}${line}`);
}

/** What each phase came to, and whether the one that was kept is as good by what people look at. */
function sayPhases({ phases, recipe: { monitor } }: TrainedClassifier<Task>): void {
  for (const { phase, firstEpoch, epochs, bestEpoch, value, beside, isKept } of phases) {
    const span = epochs === 1 ? `epoch ${firstEpoch}` : `epochs ${firstEpoch} to ${firstEpoch + epochs - 1}`;
    const also = beside === undefined ? '' : `, ${beside.name} ${metricText(beside)}`;
    const kept = isKept ? ', kept' : '';
    say(
      `phase ${phase}     ${span}, best ${bestEpoch}: ${monitor} ${metricText({ name: monitor, value })}${also}${kept}`,
    );
  }
  const kept = phases.find(({ isKept }) => isKept);
  const before = lostTo(phases);
  if (kept?.beside === undefined || before?.beside === undefined) return;
  const { name } = kept.beside;
  const [from, to] = [before, kept].map(({ beside }) => metricText(beside!));
  say(
    `${styled('yellow', 'note')} Phase ${kept.phase} is better than phase ${before.phase} by ${monitor}, but not by ${name}: ${from} before, ${to} now. ` +
      `--monitor ${name} keeps the best by that.`,
  );
}

function metricText({ name, value }: { readonly name: string; readonly value: number }): string {
  return name.endsWith('accuracy') ? percent(value) : short(value);
}

/** What int8 cost, or gained. */
function sayPrecision({ images, int8, float32, same }: PrecisionComparison): void {
  say(
    `int8        ${percent(int8)} right against ${percent(float32)} of float32, on the same ${images} validation images; ` +
      `${percent(same)} alike`,
  );
}

/** How many features were computed, and how fast. */
function whereFrom({ features: { computed, known }, seconds }: TrainedClassifier<Task>): string {
  const count = (images: number): string => images.toLocaleString('en');
  if (computed === 0) return `features of all ${count(known)} images from the cache`;
  const rate = `${rateText(computed / seconds.features)} images a second through the frozen part`;
  return known === 0 ? rate : `${rate}, features of ${count(known)} from the cache`;
}
