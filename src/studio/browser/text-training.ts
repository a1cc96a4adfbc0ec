/** @file How a choice is trained on the rows of a table. */

import type { LabeledText } from '../../web/labeled-texts.ts';
import { sweepTexts } from '../../web/sweep-texts.ts';
import { trainTexts } from '../../web/train-texts.ts';
import { choiceTraining } from './choice-training.ts';
import type { PageTraining } from './queued-trainings.ts';
import { SITE, siteAddress } from './wasm-files.ts';

export function textTraining(texts: () => readonly LabeledText[]): PageTraining {
  const backbone = siteAddress(SITE.textNetwork);
  return choiceTraining({
    holds: 'texts',
    train: (work) => trainTexts(texts(), { ...work, backbone }),
    sweep: (work) => sweepTexts(texts(), { ...work, backbone }),
  });
}
