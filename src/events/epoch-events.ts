/** @file The epochs of a training as events, through all its phases. */

import { Monitor } from '../core/fit/callbacks/monitor.ts';
import type { FitProgress } from '../core/fit/fit-options.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import { listPhases } from '../recipe/phases.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { TrainableModel } from '../runs/classifier-options.ts';
import type { StageEvents } from './stage-events.ts';
import type { EpochEvent, PhaseEvent } from './training-event.ts';

export class EpochEvents {
  readonly #emit: (event: PhaseEvent | EpochEvent) => void;
  readonly #stages: StageEvents;
  readonly #unit: 'images' | 'texts';
  #monitor: Monitor | undefined;
  #recipes: readonly Recipe[] = [];
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
    this.#recipes = listPhases(recipe);
    this.#monitor = new Monitor('recipe', { monitor: recipe.monitor });
  }

  /** Takes over what was reached before. @param records - Each with its phase. @returns The events that told of it. */
  resume(records: readonly EpochRecord[]): readonly EpochEvent[] {
    this.#earlier = records;
    return records.map((record, index) => {
      const { phase = 1 } = record;
      const before = records.filter((each) => (each.phase ?? 1) < phase).length;
      const { epochs = 0 } = this.#recipes[phase - 1] ?? {};
      return this.#eventOf(
        { ...record, epoch: index + 1, phase: this.#recipes.length > 1 ? phase : undefined },
        { before, epochs },
      );
    });
  }

  /** @param features - Images whose features the phase begins with. */
  onPhase(index: number, phase: Recipe, features: number): void {
    this.#stages.end();
    this.#phase = phase;
    const ofEarlierPhases = this.#earlier.filter((record) => (record.phase ?? 1) <= index).length;
    this.#before = Math.max(this.#epochs, ofEarlierPhases);
    const { unfreeze, epochs, monitor } = phase;
    const lora = phase.lora ?? undefined;
    this.#emit({
      type: 'phase',
      phase: index + 1,
      phases: Math.max(1, this.#recipes.length),
      unfreeze,
      lora,
      epochs,
      monitor,
    });
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
    this.#epochs = record.epoch;
    this.#emit(this.#eventOf(record, { before: this.#before, epochs: this.#phase?.epochs ?? 0 }));
  }

  #eventOf(
    record: EpochRecord,
    { before, epochs }: { readonly before: number; readonly epochs: number },
  ): EpochEvent {
    const { epoch, phase = null, seconds } = record;
    const { learning_rate: learningRate = 0, ...metrics } = record.logs;
    return {
      type: 'epoch',
      epoch,
      phase,
      epochOfPhase: epoch - before,
      epochs,
      metrics,
      learningRate,
      seconds,
      isBest: this.#monitor?.improves(record) ?? false,
    };
  }
}
