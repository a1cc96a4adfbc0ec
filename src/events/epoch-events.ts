/** @file The epochs of a training as events, through all its phases. */

import { Monitor } from '../core/fit/callbacks/monitor.ts';
import type { FitProgress } from '../core/fit/fit-options.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainableModel } from '../runs/classifier-options.ts';
import type { StageEvents } from './stage-events.ts';
import type { EpochEvent, PhaseEvent } from './training-event.ts';

export class EpochEvents {
  readonly #emit: (event: PhaseEvent | EpochEvent) => void;
  readonly #stages: StageEvents;
  readonly #unit: 'images' | 'texts';
  #monitor: Monitor | undefined;
  #phases = 1;
  #phase: Recipe | undefined;
  /** Epochs of the phases before. */
  #before = 0;
  /** Epochs so far. */
  #epochs = 0;
  #earlier: readonly EpochRecord[] = [];

  /** @param unit - What the examples are. */
  constructor(
    emit: (event: PhaseEvent | EpochEvent) => void,
    stages: StageEvents,
    unit: 'images' | 'texts' = 'images',
  ) {
    this.#emit = emit;
    this.#stages = stages;
    this.#unit = unit;
  }

  onModel({ recipe }: Pick<TrainableModel, 'recipe'>): void {
    this.#phases = recipe.phases.length + 1;
    this.#monitor = new Monitor('recipe', { monitor: recipe.monitor });
  }

  /** Takes over what was reached before. */
  resume(records: readonly EpochRecord[]): void {
    this.#earlier = records;
    for (const record of records) this.#monitor?.improves(record);
  }

  /** @param features - Images whose features the phase begins with. */
  onPhase(index: number, phase: Recipe, features: number): void {
    this.#stages.end();
    this.#phase = phase;
    const ofEarlierPhases = this.#earlier.filter((record) => (record.phase ?? 1) <= index).length;
    this.#before = Math.max(this.#epochs, ofEarlierPhases);
    const { unfreeze, epochs, monitor } = phase;
    const lora = phase.lora ?? undefined;
    this.#emit({ type: 'phase', phase: index + 1, phases: this.#phases, unfreeze, lora, epochs, monitor });
    this.#stages.update('features', 0, features, this.#unit);
  }

  /** @param epoch - 0 before training; with augmentation, the epoch whose views are computed. */
  onFeatures(done: number, total: number, epoch: number): void {
    if (epoch === 0) this.#stages.update('features', done, total, this.#unit);
    else this.#stages.update('views', done, total, this.#unit, epoch);
  }

  onStep({ epoch, epochs, step, steps, loss }: FitProgress): void {
    this.#stages.step({ epoch, epochs, step, steps, loss });
  }

  onEpoch(record: EpochRecord): void {
    this.#stages.end();
    const { epoch, phase = null, seconds } = record;
    const { learning_rate: learningRate = 0, ...metrics } = record.logs;
    this.#epochs = epoch;
    this.#emit({
      type: 'epoch',
      epoch,
      phase,
      epochOfPhase: epoch - this.#before,
      epochs: this.#phase?.epochs ?? 0,
      metrics,
      learningRate,
      seconds,
      isBest: this.#monitor?.improves(record) ?? false,
    });
  }
}
