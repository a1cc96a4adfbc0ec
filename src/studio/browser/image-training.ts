/** @file How a choice is trained on images: once, or as a sweep. */

import { sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../../runs/sweep/sweep-plan.ts';
import type { ImagesByClass } from '../../web/named-images.ts';
import { sweep } from '../../web/sweep.ts';
import { train } from '../../web/train.ts';
import type { RecipeChoice } from '../engine/training-state.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import { sweepChoice } from '../project/sweep-form.ts';
import type { PageTraining } from './queued-trainings.ts';
import { siteWork } from './site-worker.ts';

export function imageTraining(images: () => Promise<ImagesByClass>): PageTraining {
  return {
    require: requireChoice,
    // A sweep that is cut off has left nothing but features, with which it is soon done again.
    canResume: (choice) => !isSweep(choice),
    async train(run, choice, calls) {
      const { axes, shared } = sweepChoice(choice);
      const options = { ...(await siteWork()), ...calls, recipe: chosenRecipe(shared, []) };
      if (isSweep(choice)) {
        const { report, model, history } = await sweep(await images(), { ...options, axes });
        return { model, history, isStopped: report.ended !== 'complete', sweep: report };
      }
      const { report, model } = await train(await images(), { ...options, checkpoint: run });
      return { model, isStopped: report.ended === 'interrupted' };
    },
  };
}

/** @throws {GraftError} `argument`, if a choice is none that can be trained or swept. */
export function requireChoice(choice: RecipeChoice): void {
  const { axes, shared } = sweepChoice(choice);
  const recipe = chosenRecipe(shared, []);
  if (isSweep(choice)) for (const request of sweepGrid(recipe, axes)) requireSweepable(request);
}

function isSweep(choice: RecipeChoice): boolean {
  return sweepChoice(choice).flags.length > 0;
}
