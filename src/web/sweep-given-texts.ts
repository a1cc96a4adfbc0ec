/** @file A sweep on texts that a page has: many heads on one pass of the network, and the best of them as a model. */

import { SET_NAMES } from '../core/features/sample-sets.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { StageEvents } from '../events/stage-events.ts';
import { DEFAULT_TASK } from '../recipe/task.ts';
import { readTextRecipe } from '../recipe/text-defaults.ts';
import { type SweepAxes, sweepGrid } from '../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../runs/sweep/sweep-plan.ts';
import { sweptTextNetworks } from '../runs/sweep/swept-text-networks.ts';
import { runGivenSweep, type SweepCalls, type SweptInPage } from './given-sweep.ts';
import { divideTextSets } from './given-texts.ts';
import type { LabeledTexts } from './labeled-texts.ts';
import { openStoredFeatures } from './stored-features.ts';
import { openTextBackbone } from './text-backbone-source.ts';
import { dataEvent, encodeTrained, type TextTrainingSettings } from './train-given-texts.ts';

/** What one may say of a sweep on texts in a page. All of it can go to a worker. */
export interface TextSweepSettings extends Omit<TextTrainingSettings, 'checkpoint'> {
  /** What is tried, in every combination; the recipe says what all of them share. */
  readonly axes: SweepAxes;
}

/** Sweeps in the thread of the caller, see `sweepTexts`. */
export async function sweepGivenTexts(
  texts: LabeledTexts,
  options: TextSweepSettings & SweepCalls & RuntimeOptions,
): Promise<SweptInPage> {
  const started = performance.now();
  const { onEvent: emit = () => {}, signal, runtime, threads, axes } = options;
  // Before texts are looked at, which takes longer than to see a mistake.
  const said = { ...options.recipe, task: DEFAULT_TASK };
  const recipe = readTextRecipe(said);
  for (const request of sweepGrid(recipe, axes)) requireSweepable(request);
  const { validation, test } = options;
  const sets = await divideTextSets({ train: texts, validation, test }, recipe, signal);
  const { duplicates } = sets;
  emit(dataEvent(sets));
  for (const text of sets.notes) emit({ type: 'note', text });
  // Now it is known how many train, which decides how often where nobody has said it.
  const requests = sweepGrid(readTextRecipe(said, sets.train.length), axes);
  const backbone = await openTextBackbone(options.backbone, { signal });
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  const stages = new StageEvents(emit);
  try {
    const { classNames, train } = sets;
    const all = { classNames, train, others: [sets.validation, sets.test ?? []] };
    const networks = await sweptTextNetworks(backbone, requests[0]!, all, {
      runtime,
      signal,
      stores: cache,
      onTokens: (done, total) => stages.update('tokens', done, total, 'texts'),
      // What they are known by, so that they are hashed once.
      hashes: SET_NAMES.map((name) => sets.known?.hashes.get(name)?.hashes),
    });
    stages.end();
    try {
      return await runGivenSweep(
        { requests, networks, sets, duplicates, encode: encodeTrained },
        { onEvent: emit, started, featureStores: cache, runtime, threads, signal },
      );
    } finally {
      await networks.rest?.();
    }
  } finally {
    cache?.close();
  }
}
