/** @file Stages of the work: a bar in a terminal, else a line now and then, and one at the end of each. */

import type { ProgressEvent, Stage, StageEvent } from '../events/training-event.ts';
import { barLine } from './bar.ts';
import type { LiveLines } from './live-lines.ts';
import { count, duration, rateText } from './number-text.ts';
import { say } from './terminal.ts';

/** What has been counted of a stage. */
export interface Counted {
  readonly done: number;
  readonly unit: ProgressEvent['unit'];
  readonly seconds: number;
}

/** And of how many. */
export interface CountedOf extends Counted {
  /** Null where it is not known. */
  readonly total: number | null;
}

/** Where nothing can change in place, a line is written not sooner than that. */
const LINE_SECONDS = 30;

/** What is done sooner is not worth a line. */
const MIN_SECONDS: Partial<Readonly<Record<Stage, number>>> = { tokens: 2 };

/** What people call the stages. */
const LABELS: Readonly<Record<Stage, string>> = {
  download: 'weights',
  tokens: 'tokens',
  features: 'features',
  looks: 'looks',
  neighbors: 'neighbors',
  labels: 'labels',
  views: 'views',
  predictions: 'predictions',
  explanations: 'explanations',
  'learning rates': 'learning rates',
};

export class StageDisplay {
  readonly #live: LiveLines | undefined;
  #nextLineAt = LINE_SECONDS;

  constructor(live: LiveLines | undefined) {
    this.#live = live;
  }

  onProgress(event: ProgressEvent): void {
    this.progress(LABELS[event.stage], event);
  }

  onStage(event: StageEvent): void {
    if (event.seconds < (MIN_SECONDS[event.stage] ?? 0)) this.#live?.end();
    else this.end(LABELS[event.stage], event);
  }

  /** Shows how far something is. */
  progress(label: string, event: CountedOf): void {
    if (event.seconds < this.#nextLineAt - LINE_SECONDS) this.#nextLineAt = LINE_SECONDS;
    if (this.#live !== undefined) this.#live.update([lineOf(label, event)]);
    else if (event.seconds >= this.#nextLineAt) {
      this.#nextLineAt = event.seconds + LINE_SECONDS;
      const words = [doneOf(event), rateOf(event), leftOf(event)].filter((word) => word !== '');
      say(`${label}: ${words.join(', ')}`);
    }
  }

  /** Says what was done. */
  end(label: string, event: Counted): void {
    this.#live?.end();
    this.#nextLineAt = LINE_SECONDS;
    const rate = rateOf(event);
    say(`${label}: ${amountOf(event)} in ${duration(event.seconds)}${rate === '' ? '' : `, ${rate}`}`);
  }
}

function lineOf(label: string, event: CountedOf): string {
  const { done, total } = event;
  const fraction = total === null || total === 0 ? undefined : done / total;
  return barLine(label, fraction, [doneOf(event), rateOf(event), leftOf(event)]);
}

function doneOf({ done, total, unit }: CountedOf): string {
  if (unit === 'bytes')
    return total === null ? `${megabytes(done)} MB` : `${megabytes(done)}/${megabytes(total)} MB`;
  return total === null ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`;
}

function amountOf({ done, unit }: Counted): string {
  if (unit === 'bytes') return `${megabytes(done)} MB`;
  return `${count(done)} ${done === 1 ? ONE[unit] : unit}`;
}

const ONE = { images: 'image', texts: 'text', steps: 'step' } as const;

/** Of nothing, nothing. */
function rateOf({ done, unit, seconds }: Counted): string {
  if (done === 0) return '';
  const rate = done / Math.max(seconds, 1e-3);
  return unit === 'bytes' ? `${rateText(rate / 1e6)} MB/s` : `${rateText(rate)} ${unit}/s`;
}

function leftOf({ done, total, seconds }: CountedOf): string {
  if (done === 0 || total === null || total <= done) return '';
  return `${duration(((total - done) * seconds) / done)} left`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
