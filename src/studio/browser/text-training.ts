/** @file How a choice is trained on the rows of a table. */

import type { LabeledText } from '../../web/labeled-texts.ts';
import { trainTexts } from '../../web/train-texts.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import type { PageTraining } from './queued-trainings.ts';
import { siteWork } from './site-worker.ts';
import { SITE, siteAddress } from './wasm-files.ts';

export function textTraining(texts: () => readonly LabeledText[]): PageTraining {
  return {
    require: (choice) => {
      chosenRecipe(choice, [], 'texts');
    },
    canResume: () => true,
    async train(run, choice, calls) {
      const { report, model } = await trainTexts(texts(), {
        ...(await siteWork()),
        ...calls,
        backbone: siteAddress(SITE.textNetwork),
        recipe: chosenRecipe(choice, [], 'texts'),
        checkpoint: run,
      });
      return { model, isStopped: report.ended === 'interrupted' };
    },
  };
}
