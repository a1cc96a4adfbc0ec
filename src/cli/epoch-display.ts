/** @file The epochs of a training: metrics in place on a terminal, else a line for each. */

import type { EpochEvent, PhaseEvent, ProgressEvent, StepEvent } from '../events/training-event.ts';
import { barLine } from './bar.ts';
import type { LiveLines } from './live-lines.ts';
import { count, duration, formatCount, metricText } from './number-text.ts';
import { measureColumns, say, styled, USUAL_COLUMNS } from './terminal.ts';

/** Where nothing can change in place, a line within an epoch is written not sooner than that. */
const LINE_SECONDS = 30;
const GAP = 2;
/** `100.0%`, `0.0841` */
const METRIC_WIDTH = 6;

export class EpochDisplay {
  readonly #live: LiveLines | undefined;
  #phase: PhaseEvent | undefined;
  #step: StepEvent | undefined;
  #views: ProgressEvent | undefined;
  #last: EpochEvent | undefined;
  #best: EpochEvent | undefined;
  #epochs = 0;
  #startedMs: number | undefined;
  #lastLineMs = 0;

  constructor(live: LiveLines | undefined) {
    this.#live = live;
  }

  onPhase(phase: PhaseEvent): void {
    this.end();
    this.#phase = phase;
    if (phase.phases === 1) return;
    const whole = phase.unfreeze === null ? 'the head' : `the layers from ${phase.unfreeze} on`;
    const what = phase.lora === undefined ? whole : `the head and adapters of rank ${phase.lora}`;
    say(`phase ${phase.phase}/${phase.phases}: train ${what}, up to ${formatCount(phase.epochs, 'epoch')}`);
  }

  onStep(step: StepEvent): void {
    this.#begin();
    this.#step = step;
    this.#views = undefined;
    this.#show(() => {
      const { epoch, epochs, step: done, steps, loss } = step;
      return `epoch ${epoch}/${epochs}: step ${count(done)}/${count(steps)}, loss ${loss.toFixed(4)}`;
    });
  }

  onViews(views: ProgressEvent): void {
    this.#begin();
    this.#views = views;
    this.#step = undefined;
    this.#show(() => {
      const { epoch, done, total } = views;
      return `epoch ${epoch}/${this.#phase?.epochs}: ${count(done)}/${count(total ?? done)} augmented images`;
    });
  }

  onEpoch(epoch: EpochEvent): void {
    this.#begin();
    [this.#last, this.#step, this.#views] = [epoch, undefined, undefined];
    this.#epochs += 1;
    if (epoch.isBest) this.#best = epoch;
    if (this.#live !== undefined) this.#live.update(this.#block());
    else {
      this.#lastLineMs = performance.now();
      say(epochLine(epoch));
    }
  }

  /** Ends the phase, if one was trained, with a line that stays. */
  end(): void {
    this.#live?.end();
    if (this.#epochs > 0 && this.#best !== undefined) {
      const { phase, epoch, metrics } = this.#best;
      const seconds = this.#seconds();
      const told = Object.entries(metrics).filter(([name]) => name.startsWith('val_'));
      const best = told.map(([name, value]) => `${name} ${metricText(name, value)}`).join(', ');
      const name = phase === null ? 'training' : `phase ${this.#phase?.phase}/${this.#phase?.phases}`;
      say(
        `${name}: ${formatCount(this.#epochs, 'epoch')} in ${duration(seconds)}, best epoch ${epoch}: ${best}`,
        2,
      );
    }
    [this.#epochs, this.#startedMs] = [0, undefined];
    [this.#last, this.#step, this.#views] = [undefined, undefined, undefined];
  }

  #seconds(): number {
    return (performance.now() - (this.#startedMs ?? 0)) / 1000;
  }

  #begin(): void {
    if (this.#startedMs !== undefined) return;
    this.#startedMs = performance.now();
    this.#lastLineMs = this.#startedMs;
  }

  #show(line: () => string): void {
    if (this.#live !== undefined) this.#live.update(this.#block());
    else if (performance.now() - this.#lastLineMs >= LINE_SECONDS * 1000) {
      this.#lastLineMs = performance.now();
      say(line());
    }
  }

  /** What changes in place: the last epoch's metrics, those of the best, and how far the phase is. */
  #block(): string[] {
    return [...this.#metricRows(), this.#bar()];
  }

  #metricRows(): string[] {
    const last = this.#last;
    if (last === undefined) return [];
    const { phase, epochOfPhase, epochs, metrics } = last;
    const title = `${phase === null ? '' : `phase ${phase}, `}epoch ${epochOfPhase}/${epochs}`;
    const names = Object.keys(metrics).filter((name) => !name.startsWith('val_'));
    const rows: [string, (name: string) => number | undefined][] = [
      ['training', (name) => metrics[name]],
      ['validation', (name) => metrics[`val_${name}`]],
    ];
    const best = this.#best;
    if (best !== undefined) rows.push([`best (epoch ${best.epoch})`, (name) => best.metrics[`val_${name}`]]);
    const labels = [title, ...rows.map(([label]) => label)];
    const margin = Math.max(...labels.map(({ length }) => length), 'best (epoch 100)'.length);
    const cells = names.map((name) => [
      name,
      ...rows.map(([, of]) => {
        const value = of(name);
        return value === undefined ? '' : metricText(name, value);
      }),
    ]);
    return groupsThatFit(cells, margin).flatMap((group) =>
      labels.map((label, row) => {
        const line = group.reduce(
          (text, column) => text + ' '.repeat(GAP) + column[row]!.padStart(widthOf(column)),
          label.padEnd(margin),
        );
        return row === 0 ? styled('bold', line) : line;
      }),
    );
  }

  #bar(): string {
    const { epochs = 1 } = this.#phase ?? this.#step ?? {};
    const done = this.#last?.epochOfPhase ?? 0;
    const [step, views] = [this.#step, this.#views];
    const within = step ? step.step / step.steps : views?.total ? views.done / (views.total + 1) : 0;
    const began = step?.epoch ?? views?.epoch ?? done + 1;
    const fraction = Math.min(1, (began - 1 + within) / epochs);
    const seconds = this.#seconds();
    const left =
      fraction > 0 && fraction < 1 ? `at most ${duration((seconds * (1 - fraction)) / fraction)} left` : '';
    const now = step
      ? `step ${count(step.step)}/${count(step.steps)}, loss ${step.loss.toFixed(4)}`
      : views?.total
        ? `views ${count(views.done)}/${count(views.total)}`
        : '';
    const label = this.#last === undefined ? `epoch ${began}/${epochs}` : '';
    return barLine(label, fraction, [`${Math.floor(fraction * 100)}%`, now, left]);
  }
}

function widthOf(column: readonly string[]): number {
  return Math.max(...column.map(({ length }) => length));
}

/** Columns of metrics, in as many groups as the terminal's width asks for. */
function groupsThatFit(cells: readonly string[][], margin: number): string[][][] {
  const columns = (measureColumns('err') ?? USUAL_COLUMNS) - 1;
  const groups: string[][][] = [];
  let left = 0;
  for (const column of cells) {
    const width = GAP + widthOf(column);
    if (groups.length === 0 || left < width) {
      groups.push([]);
      left = columns - margin;
    }
    groups.at(-1)!.push(column);
    left -= width;
  }
  return groups;
}

/** `epoch  3/100: loss 0.0841, accuracy  98.2%, val_loss 0.1023, val_accuracy  96.4%, 35 ms` */
function epochLine({ phase, epochOfPhase, epochs, metrics, seconds }: EpochEvent): string {
  const told = Object.entries(metrics).map(
    ([name, value]) => `${name} ${metricText(name, value).padStart(METRIC_WIDTH)}`,
  );
  const number = String(epochOfPhase).padStart(String(epochs).length);
  const before = phase === null ? '' : `phase ${phase}, `;
  const time = seconds < 1 ? `${Math.round(seconds * 1000)} ms` : duration(seconds);
  return `${before}epoch ${number}/${epochs}: ${[...told, time].join(', ')}`;
}
