/** @file Two runs on the same images: which is better, and whether that is more than chance. */

import { comparePairs } from '../../runs/model-comparison.ts';
import type { RunComparison, RunResults } from '../engine/run-state.ts';
import type { IndexedImage } from './image-index.ts';
import type { Judge } from './run-judgments.ts';

/** While models are asked, or where one cannot be. */
export function unfinishedComparison(results: readonly RunResults[]): RunComparison {
  const failed = results.find(({ status }) => status === 'failed');
  return {
    status: failed === undefined ? 'asking' : 'failed',
    error: failed === undefined ? null : `${failed.run}: ${failed.error}`,
    images: 0,
    accuracy: [0, 0],
    differing: 0,
    pair: null,
  };
}

/** On images that neither was trained on, by the labels that they have now. */
export function compareJudges(
  images: readonly IndexedImage[],
  [first, second]: readonly [Judge, Judge],
): RunComparison {
  const scores: readonly [number[], number[]] = [[], []];
  let differing = 0;
  for (const image of images) {
    if (!image.className) continue;
    const [a, b] = [first.of(image), second.of(image)];
    if (a === undefined || b === undefined || a.isTrained || b.isTrained) continue;
    if (a.className !== b.className) differing++;
    scores[0].push(Number(a.className === image.className));
    scores[1].push(Number(b.className === image.className));
  }
  const count = scores[0].length;
  const [pair = null] =
    count === 0
      ? []
      : comparePairs(
          scores.map((own) => Float64Array.from(own)),
          { isRightOrWrong: true },
        );
  return {
    status: 'there',
    error: null,
    images: count,
    accuracy: [meanOf(scores[0]), meanOf(scores[1])],
    differing,
    pair,
  };
}

function meanOf(scores: readonly number[]): number {
  return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
