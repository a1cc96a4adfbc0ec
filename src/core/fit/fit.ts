/** @file The training loop: epochs, validation, callbacks, checkpoints. */

import type { FeatureSet } from '../features/feature-set.ts';
import type { Loss } from '../losses/loss.ts';
import { withAveragedWeights } from '../steps/averaged-weights.ts';
import type { StepState, TrainingStep } from '../steps/training-step.ts';
import type { FeatureSource, FitOptions } from './fit-options.ts';
import { FitRun } from './fit-run.ts';
import type { EpochRecord, History } from './history.ts';
import { measure } from './measure.ts';

/**
 * Trains until the epochs are over, a callback stops it, or the signal does.
 *
 * @throws {GraftError} `not-a-number`, if the loss is not finite and no callback tolerates it.
 */
export async function fitWeights(
  step: TrainingStep,
  loss: Loss,
  train: FeatureSource,
  validation: FeatureSet | undefined,
  options: FitOptions,
): Promise<History> {
  const { resume, epochs, signal } = options;
  const run = new FitRun(step, loss, options);
  const records: EpochRecord[] = [...(resume?.records ?? [])];
  let ended: History['ended'] = 'epochs';
  for (const callback of run.callbacks) await callback.onTrainBegin?.(run);
  if (resume !== undefined) await run.restore(resume);
  for (let epoch = resume?.epoch ?? 1; epoch <= epochs && ended === 'epochs'; epoch++) {
    const started = performance.now();
    if (run.soFar === undefined) await run.beginEpoch(epoch);
    const set = await featuresOf(train, epoch, signal);
    const trained = set && (await run.trainEpoch(set, epoch, records));
    if (trained === undefined) {
      ended = 'interrupted';
      break;
    }
    const logs: Record<string, number> = { ...trained };
    const moving = options.averages ? await swapInAverages(step) : undefined;
    if (validation !== undefined) {
      const measured = await measure(step, loss, validation, run.metrics, {
        runtime: options.runtime,
        batchSize: options.validationBatchSize,
      });
      for (const [name, value] of Object.entries(measured)) logs[`val_${name}`] = value;
      await run.requireFinite(measured['loss']!, 'validation loss', `epoch ${epoch}`);
    }
    const seconds = (performance.now() - started) / 1000;
    const record = { epoch, logs: { ...logs, learning_rate: run.learningRate }, seconds };
    records.push(record);
    for (const callback of run.callbacks) await callback.onEpochEnd?.(record, run);
    if (moving !== undefined && epoch < epochs && !run.stopping) await step.writeState(moving);
    if (run.stopping) ended = 'stopped';
    else if (epoch < epochs && options.checkpoints?.isDue(true)) await run.save(epoch + 1, records);
  }
  const history: History = { epochs: records, ended };
  for (const callback of run.callbacks) await callback.onTrainEnd?.(history, run);
  return history;
}

/** Puts the averages in the weights' place. @returns The weights. */
async function swapInAverages(step: TrainingStep): Promise<StepState> {
  const state = await step.readState();
  const { iteration, weights } = withAveragedWeights(state);
  await step.writeState({ iteration, weights, slots: new Map() });
  // What the step keeps besides the weights has not moved: it need not be held here.
  return { iteration, weights: state.weights, slots: new Map() };
}

/** Undefined if the signal ended it before the features were there. */
async function featuresOf(
  source: FeatureSource,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<FeatureSet | undefined> {
  if (typeof source !== 'function') return source;
  try {
    return await source(epoch);
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}
