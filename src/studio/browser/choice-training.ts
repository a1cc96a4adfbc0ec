/** @file How a choice is trained, on images or on texts: once, or, where several values are to be tried, as a sweep. */

import type { RecipeInput, RecipeRequest } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import { type SweepAxes, sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../../runs/sweep/sweep-plan.ts';
import type { SweptInPage } from '../../web/given-sweep.ts';
import type { TrainedInPage } from '../../web/train-images.ts';
import type { HeldExamples } from '../engine/project-state.ts';
import type { Preflight } from '../engine/run-state.ts';
import type { RecipeChoice } from '../engine/training-state.ts';
import { inFieldWords } from '../project/field-words.ts';
import { chosenRecipe, commandText, createFlags } from '../project/recipe-form.ts';
import { sweepChoice } from '../project/sweep-form.ts';
import type { PageTraining, PageTrainingCalls } from './queued-trainings.ts';
import { type SiteWork, siteWork } from './site-worker.ts';

/** What is trained in a page. */
export interface ChosenWork extends SiteWork, PageTrainingCalls {
  readonly recipe: RecipeInput;
}

/** How examples of a kind are trained on, as they are then. */
export interface TrainedExamples {
  readonly holds: HeldExamples;
  train(work: ChosenWork & { readonly checkpoint: string }): Promise<TrainedInPage>;
  sweep(work: ChosenWork & { readonly axes: SweepAxes }): Promise<SweptInPage>;
}

export function choiceTraining({ holds, train, sweep }: TrainedExamples): PageTraining {
  return {
    require: (choice) => requireChoice(choice, holds),
    // A sweep that is cut off has left nothing but features, with which it is soon done again.
    canResume: (choice) => !isSweep(choice),
    async train(run, choice, calls) {
      const { axes, shared } = sweepChoice(choice);
      const work = { ...(await siteWork()), ...calls, recipe: chosenRecipe(shared, [], holds) };
      if (isSweep(choice)) {
        const { report, model, history } = await sweep({ ...work, axes });
        return { model, history, isStopped: report.ended !== 'complete', sweep: report };
      }
      const { report, model } = await train({ ...work, checkpoint: run });
      return { model, isStopped: report.ended === 'interrupted' };
    },
  };
}

/** Examples as they would be divided. */
interface Divided {
  readonly notes: readonly string[];
  readonly train: readonly unknown[];
  readonly validation: readonly unknown[];
}

export interface PreflightOptions {
  readonly holds: HeldExamples;
  /** What the command line would be given. */
  readonly data: string;
  readonly divide: (recipe: RecipeRequest) => Promise<Divided>;
}

/**
 * What is trained on, and what validates. How long it takes, nobody knows of a browser.
 *
 * @throws {GraftError} `argument`, if a choice is none that can be trained or swept. And what `divide` throws.
 */
export async function preflightOf(
  choice: RecipeChoice,
  { holds, data, divide }: PreflightOptions,
): Promise<Preflight> {
  const recipe = requireChoice(choice, holds);
  const { flags, shared } = sweepChoice(choice);
  const work = isSweep(choice) ? 'sweep' : 'train';
  const command = commandText(['graft', work, data, ...flags, ...createFlags(shared, [], holds)]);
  const { notes, train, validation } = await divide(recipe);
  return {
    command,
    notes: notes.map(inFieldWords),
    error: null,
    train: train.length,
    validation: validation.length,
    test: 0,
    features: null,
    seconds: null,
    memoryBytes: null,
  };
}

/** @returns What all combinations share. */
function requireChoice(choice: RecipeChoice, holds: HeldExamples): RecipeRequest {
  const { axes, shared } = sweepChoice(choice);
  const said = chosenRecipe(shared, [], holds);
  const recipe = holds === 'texts' ? readTextRecipe(said) : readRecipe(said);
  if (isSweep(choice)) for (const request of sweepGrid(recipe, axes)) requireSweepable(request);
  return recipe;
}

function isSweep(choice: RecipeChoice): boolean {
  return sweepChoice(choice).flags.length > 0;
}
