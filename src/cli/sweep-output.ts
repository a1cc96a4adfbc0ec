/** @file What people hear of a sweep: its plan, its progress, its table. */

import { meanAndSpread } from '../artifacts/sweep-report.ts';
import { visible } from '../errors/visible-text.ts';
import type { FitProgress } from '../fit/fit-options.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { findDuplicates } from '../runs/duplicate-report.ts';
import type { FoldSets } from '../runs/fold-sets.ts';
import type { ImageSets } from '../runs/image-sets.ts';
import type { SweepResult } from '../runs/sweep/sweep.ts';
import type { SweepAxes } from '../runs/sweep/sweep-grid.ts';
import type { SweepPlan } from '../runs/sweep/sweep-plan.ts';
import type { RankedRow, SweepRow } from '../runs/sweep/sweep-ranking.ts';
import type { DownloadProgress } from '../weights/download/download.ts';
import { sayDuplicates } from './duplicate-output.ts';
import { accuracyContext, saySkipped } from './metrics-output.ts';
import {
  countOf,
  duration,
  percent,
  type StageProgress,
  say,
  startProgress,
  styled,
  table,
} from './terminal.ts';
import { sayPixels, sayPlan } from './train-output.ts';

export function saySweepPlan(
  dir: string,
  images: ImageSets | FoldSets,
  { cells, places }: SweepPlan,
  axes: SweepAxes,
): void {
  if ('folds' in images) sayFolds(dir, images);
  else sayPlan(dir, images);
  const { recipe } = cells[0]!;
  const fixed = [
    recipe.backbone,
    'frozen',
    ...columnsOf(axes)
      .filter(({ isTried }) => !isTried)
      .map(({ header, of }) => `${header} ${of(recipe)}`),
    `${recipe.sizePx} px`,
  ];
  say(visible(fixed.join(', ')));
  say(
    `${countOf(cells.length, 'combination')}, on features at ${countOf(places.length, 'place')} of the network`,
  );
}

function sayFolds(dir: string, images: FoldSets): void {
  const { classes, pool, folds, test, warnings } = images;
  const names = `${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', ...' : ''}`;
  say(`${styled('bold', visible(dir))}: ${classes.length} classes (${visible(names)})`);
  const tested = test ? `, ${test.length} to test` : '';
  say(`${pool.length} images to train and to validate on, in ${folds.length} folds${tested}`);
  for (const warning of warnings) say(`${styled('yellow', 'note')} ${visible(warning)}`);
  sayDuplicates(findDuplicates(images), true);
}

/** The stages of a sweep, as people see them. */
export class SweepProgress {
  #download: StageProgress | undefined;
  #features: StageProgress | undefined;
  #training: StageProgress | undefined;
  #cells = 0;
  #done = 0;
  #best = '';

  onDownload({ receivedBytes, totalBytes }: DownloadProgress): void {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
    this.#download ??= startProgress('weights', megabytes(totalBytes ?? receivedBytes), 'MB');
    this.#download.update(megabytes(receivedBytes));
  }

  onPlan({ cells, places: [place] }: SweepPlan): void {
    this.#download?.stop();
    if (place !== undefined) sayPixels(place);
    this.#cells = cells.length;
    for (const note of cells[0]?.backbone.notes ?? []) say(`${styled('yellow', 'note')} ${visible(note)}`);
  }

  onFeatures(done: number, total: number): void {
    this.#features ??= startProgress('features', total, 'images');
    this.#features.update(done);
  }

  onStep({ epoch, epochs }: FitProgress): void {
    this.#start().update(this.#done, `epoch ${epoch} of at most ${epochs}${this.#best}`);
  }

  onRow(done: number, best: SweepRow | undefined): void {
    this.#done = done;
    if (best !== undefined) this.#best = `, best ${percent(best.validation.accuracy)}`;
    this.#start().update(done);
  }

  #start(): StageProgress {
    this.#features?.stop();
    this.#training ??= startProgress('training', this.#cells, 'combinations');
    return this.#training;
  }

  /** Ends what is on the screen; harmless when it has ended. */
  close(outcome?: string): void {
    this.#download?.stop(outcome);
    this.#features?.stop(outcome);
    this.#training?.stop(outcome);
  }
}

/** Rows that are shown; all are in the files. */
const MAX_ROWS_SHOWN = 40;

export function saySweep(
  result: SweepResult,
  { run, model, seconds, axes }: { run: string; model: string; seconds: number; axes: SweepAxes },
): void {
  const { rows, failed, best, skipped, ended, asked, features } = result;
  say();
  if (ended === 'interrupted') {
    say(
      `${styled('yellow', 'stopped')} with ${rows.length + failed.length} of ${asked} combinations finished`,
    );
  }
  say(tableOf(rows.slice(0, MAX_ROWS_SHOWN), axes));
  if (rows.length > MAX_ROWS_SHOWN) say(`and ${rows.length - MAX_ROWS_SHOWN} more in sweep.csv`);
  for (const { recipe, reason } of failed.slice(0, MAX_ROWS_SHOWN)) {
    say(`${styled('yellow', 'failed')} ${visible(`${namesOf(recipe, axes)}: ${reason}`)}`);
  }
  say();
  say(`The best: ${accuracyContext(rows[0]!.validation)}.`);
  sayMeaning(result);
  if (best.test !== undefined) {
    const { accuracy, images, interval } = best.test;
    say(
      `test        ${styled('bold', percent(accuracy))} of ${images} images that no choice looked at, ` +
        `95 % interval ${percent(interval[0])} to ${percent(interval[1])}`,
    );
    say(`            ${accuracyContext(best.test)}`);
  }
  if (rows[0]!.folds !== undefined) {
    say(`the best was trained again on all images, for ${countOf(rows[0]!.bestEpoch, 'epoch')}`);
  }
  saySkipped(skipped);
  const computed =
    features.computed === 0
      ? 'all features from the cache'
      : `${features.computed.toLocaleString('en')} images went through the backbone, once for all`;
  say(`${duration(seconds)} in all; ${computed}`);
  say(`model       ${styled('bold', visible(model))}`);
  say(`also there  sweep.csv, sweep.json, history.csv, recipe.json, curves.svg in ${visible(run)}`);
}

/** How much of the ranking is chance. */
function sayMeaning({ rows, expected }: SweepResult): void {
  const [best, ...others] = rows as [RankedRow, ...RankedRow[]];
  if (others.length === 0) return;
  const same = others.filter(({ difference }) => difference?.isWorse === false).length;
  const { images, accuracy } = best.validation;
  say(
    same === 0
      ? '* all others are worse than the best by more than chance (exact McNemar test with Holm correction, 5 %)'
      : `= ${same} of ${others.length} cannot be told from the best, * worse (exact McNemar test with Holm correction, 5 %)`,
  );
  const flattered = `Chosen as the best of ${rows.length} on these same ${images} images, ${percent(accuracy)} flatters it`;
  if (expected === undefined) say(`${flattered}.`);
  else {
    const [low, high] = expected.interval;
    say(
      `${flattered}: expect ${percent(expected.accuracy)} (${percent(low)} to ${percent(high)}) of new ones (bootstrap).`,
    );
  }
}

function tableOf(rows: readonly RankedRow[], axes: SweepAxes): string {
  const columns = columnsOf(axes).filter(({ isTried }) => isTried);
  const hasFolds = rows[0]!.folds !== undefined;
  const header = [
    '',
    ...columns.map((column) => column.header),
    'validation',
    '95 % interval',
    'balanced',
    ...(hasFolds ? ['folds'] : []),
    'loss',
    'parameters',
    'seconds',
  ];
  return table(
    header,
    rows.map((row) => {
      const { validation, folds, parameters, seconds, difference } = row;
      const [low, high] = validation.interval;
      return [
        difference === undefined ? 'best' : difference.isWorse ? '*' : '=',
        ...columns.map(({ of }) => of(row.recipe)),
        percent(validation.accuracy),
        `${percent(low)} to ${percent(high)}`,
        percent(validation.balancedAccuracy),
        ...(folds ? [spreadOf(folds)] : []),
        validation.loss.toFixed(4),
        parameters.trainable.toLocaleString('en'),
        seconds.toFixed(1),
      ];
    }),
  );
}

/** Mean and standard deviation. */
function spreadOf(folds: readonly number[]): string {
  const { mean, spread } = meanAndSpread(folds);
  return `${(mean * 100).toFixed(1)} ± ${percent(spread)}`;
}

interface Column {
  readonly header: string;
  readonly isTried: boolean;
  readonly of: (recipe: Recipe) => string;
}

function columnsOf({ cuts, heads, optimizers, learningRates }: SweepAxes): Column[] {
  const isTried = (values: readonly unknown[] | undefined): boolean => (values?.length ?? 0) > 1;
  return [
    { header: 'cut', isTried: isTried(cuts), of: ({ cut }) => cut },
    { header: 'head', isTried: isTried(heads), of: ({ head }) => formatHead(head) },
    { header: 'optimizer', isTried: isTried(optimizers), of: ({ optimizer }) => optimizer },
    { header: 'rate', isTried: isTried(learningRates), of: ({ learningRate }) => String(learningRate) },
  ];
}

function namesOf(recipe: Recipe, axes: SweepAxes): string {
  const tried = columnsOf(axes).filter(({ isTried }) => isTried);
  return tried.map(({ header, of }) => `${header} ${of(recipe)}`).join(', ');
}
