/** @file The combinations of a sweep: how far it is in place on a terminal, else a line for each. */

import { visible } from '../core/errors/visible-text.ts';
import type { CombinationEvent } from '../events/sweep-report.ts';
import type { StepEvent } from '../events/training-event.ts';
import type { SweepPlanEvent } from '../use-cases/run-event.ts';
import { barLine } from './bar.ts';
import type { LiveLines } from './live-lines.ts';
import { count, percent } from './number-text.ts';
import { valuesText } from './sweep-output.ts';
import { say } from './terminal.ts';

export class SweepDisplay {
  readonly #live: LiveLines | undefined;
  readonly #plan: SweepPlanEvent;
  #done = 0;
  #best: number | null = null;

  constructor(live: LiveLines | undefined, plan: SweepPlanEvent) {
    this.#live = live;
    this.#plan = plan;
  }

  onStep({ epoch, epochs, step, steps }: StepEvent): void {
    this.#show((epoch - 1 + step / steps) / epochs, `epoch ${epoch}/${epochs}`);
  }

  onCombination(event: CombinationEvent): void {
    const { done, total, validation, reason, best } = event;
    [this.#done, this.#best] = [done, best];
    if (this.#live !== undefined) {
      this.#show(0, '');
      return;
    }
    const outcome =
      validation === undefined
        ? `failed: ${reason}`
        : `accuracy ${percent(validation.accuracy)}, loss ${validation.loss.toFixed(4)}`;
    const number = String(done).padStart(String(total).length);
    say(visible(`${number}/${total}: ${valuesText(event, this.#plan.varied)}: ${outcome}`));
  }

  #show(within: number, epoch: string): void {
    const { combinations } = this.#plan;
    const best = this.#best === null ? '' : `best ${percent(this.#best)}`;
    const done = `${count(this.#done)}/${count(combinations)} combinations`;
    this.#live?.update([barLine('sweep', (this.#done + within) / combinations, [done, best, epoch])]);
  }
}
