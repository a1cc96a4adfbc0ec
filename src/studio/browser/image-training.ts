/** @file How a choice is trained on images. */

import type { ImagesByClass } from '../../web/named-images.ts';
import { sweep } from '../../web/sweep.ts';
import { train } from '../../web/train.ts';
import { choiceTraining } from './choice-training.ts';
import type { PageTraining } from './queued-trainings.ts';

export function imageTraining(images: () => Promise<ImagesByClass>): PageTraining {
  return choiceTraining({
    holds: 'images',
    train: async (work) => train(await images(), work),
    sweep: async (work) => sweep(await images(), work),
  });
}
