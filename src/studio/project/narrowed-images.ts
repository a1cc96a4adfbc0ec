/** @file Images in the order and the choice that a model's or two models' words give. */

import type { ComparedQuery, JudgedQuery } from '../engine/project-state.ts';
import type { IndexedImage } from './image-index.ts';
import type { Judge } from './run-judgments.ts';

/** The images of a query by what a model says, the most telling first. */
export function judgedImages(
  images: readonly IndexedImage[],
  { show, truth, predicted, heldOut }: JudgedQuery,
  judge: Judge,
): IndexedImage[] {
  const rated = images.flatMap((image) => {
    const prediction = judge.of(image);
    if (prediction === undefined || (heldOut && prediction.isTrained)) return [];
    const isWrong = image.className !== '' && prediction.className !== image.className;
    if (show === 'wrong' && !isWrong) return [];
    if (show === 'unknown' && !prediction.isUnknown) return [];
    if (show === 'cell' && (image.className !== truth || prediction.className !== predicted)) return [];
    // The largest loss first; of unsure ones, the least probable; of unknown ones, the strangest.
    const rate =
      show === 'unsure'
        ? prediction.probability
        : show === 'unknown'
          ? judge.similarity(image)
          : judge.probability(image, image.className!);
    return [{ image, rate }];
  });
  return rated.sort((a, b) => a.rate - b.rate).map(({ image }) => image);
}

/** Images that two models say different things of, where neither was trained on them. */
export function comparedImages(
  images: readonly IndexedImage[],
  { show }: ComparedQuery,
  [first, second]: readonly [Judge, Judge],
): IndexedImage[] {
  return images.filter((image) => {
    const said = [first.of(image), second.of(image)] as const;
    if (said[0] === undefined || said[1] === undefined || said[0].isTrained || said[1].isTrained)
      return false;
    const isRight = [said[0], said[1]].map(({ className }) => className === image.className);
    if (show === 'differ') return said[0].className !== said[1].className;
    return show === 'first' ? isRight[0] && !isRight[1] : isRight[1] && !isRight[0];
  });
}
