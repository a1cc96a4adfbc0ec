/** @file What people hear of a search for a learning rate. */

import { visible } from '../errors/visible-text.ts';
import type { LearningRateSearch } from '../fit/lr-find.ts';
import type { ClassifierModel } from '../runs/classifier-options.ts';
import type { DownloadProgress } from '../weights/download/download.ts';
import { type StageProgress, say, startProgress, styled } from './terminal.ts';
import { TrainingProgress } from './train-output.ts';

/** The stages of a search, as people see them. */
export class SearchProgress {
  readonly #start = new TrainingProgress();
  #features: StageProgress | undefined;
  #rates: StageProgress | undefined;
  #epoch = 0;

  onDownload(download: DownloadProgress): void {
    this.#start.onDownload(download);
  }

  onModel(classifier: ClassifierModel): void {
    this.#start.onModel(classifier);
  }

  /** With augmentation, other views of the images come while the rates are tried. */
  onFeatures(done: number, total: number, epoch: number): void {
    if (epoch !== this.#epoch) this.#features?.stop();
    if (epoch !== this.#epoch || this.#features === undefined) {
      this.#features = startProgress(epoch === 0 ? 'features' : 'views', total, 'images');
    }
    this.#epoch = epoch;
    this.#features.update(done);
  }

  onStep(step: number, steps: number): void {
    if (this.#epoch === 0) this.#features?.stop();
    this.#rates ??= startProgress('learning rates', steps, 'steps');
    this.#rates.update(step);
  }

  /** Ends what is on the screen; harmless when it has ended. */
  close(outcome?: string): void {
    this.#start.close(outcome);
    this.#features?.stop(outcome);
    this.#rates?.stop(outcome);
  }
}

export function saySearch(search: LearningRateSearch, plot: string): void {
  const { points, ended, suggested, steepest, minimumTenth } = search;
  const last = points.at(-1)?.learningRate ?? 0;
  const why = {
    steps: `${points.length} rates`,
    diverged: `${points.length} rates, until the loss ran away at ${rate(last)}`,
    interrupted: `${points.length} rates, then interrupted`,
  }[ended];
  say();
  say(`tried          ${why}`);
  if (suggested === undefined || steepest === undefined || minimumTenth === undefined) {
    say(
      'no suggestion  the loss never fell: give more --steps, a larger --batch, or other rates with --from and --to',
    );
  } else {
    const between = Math.sqrt(steepest * minimumTenth);
    const limit = suggested < between ? 'most' : 'least';
    const why = suggested === between ? 'between the two below' : `the ${limit} that this training bears`;
    say(`suggested      ${styled('bold', `--lr ${rate(suggested)}`)}   ${why}`);
    say(`steepest       ${rate(steepest)}   where the loss falls fastest`);
    say(`minimum / 10   ${rate(minimumTenth)}   a tenth of the rate with the lowest loss`);
  }
  say(`curve          ${visible(plot)}`);
}

/** `1.3e-3` */
function rate(value: number): string {
  return value.toExponential(1).replace('.0e', 'e').replace('e+0', '');
}
