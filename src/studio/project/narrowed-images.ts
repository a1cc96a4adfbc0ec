/** @file Images in the order and the choice that a check's, a model's or two models' words give, and these words. */

import type {
  ComparedQuery,
  ImageQuery,
  ImageRow,
  ImageWindow,
  JudgedQuery,
} from '../engine/project-state.ts';
import type { ImageFindings } from './image-findings.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';
import { rowOf } from './image-rows.ts';
import type { Judge } from './run-judgments.ts';

/** What is said of images. */
export interface SaidOfAll {
  /** Undefined where nothing was checked. */
  readonly findings: ImageFindings | undefined;
  /** What a run's model says; undefined where it was not asked. */
  judgeOf(run: string): Judge | undefined;
}

/** All images of a query, in its order. */
export function foundImages(index: ImageIndex, query: ImageQuery, said: SaidOfAll): readonly IndexedImage[] {
  return index.find(query, (images) => narrowed(images, query, said));
}

/** Some of the images of a query, with what it asks about. */
export function imageWindow(
  index: ImageIndex,
  query: ImageQuery,
  {
    from,
    window,
    total,
  }: { readonly from: number; readonly window: readonly IndexedImage[]; readonly total: number },
  said: SaidOfAll,
): ImageWindow {
  const rows = window.map((image) => rowOf(image, told(image, query, said)));
  return { version: index.version, total, from, rows };
}

function narrowed(
  images: readonly IndexedImage[],
  { found, judged, compared }: ImageQuery,
  { findings, judgeOf }: SaidOfAll,
): readonly IndexedImage[] {
  let some = images;
  if (found !== undefined) {
    const own = new Set(some);
    some = [...(findings?.of(found).keys() ?? [])].filter((image) => own.has(image));
  }
  if (judged !== undefined) {
    const judge = judgeOf(judged.run);
    some = judge === undefined ? [] : judgedImages(some, judged, judge);
  }
  if (compared !== undefined) {
    const [first, second] = [judgeOf(compared.first), judgeOf(compared.second)];
    some = first === undefined || second === undefined ? [] : comparedImages(some, compared, [first, second]);
  }
  return some;
}

/** What a query asks about, of one of its images. */
function told(
  image: IndexedImage,
  { found, judged, compared }: ImageQuery,
  { findings, judgeOf }: SaidOfAll,
): Pick<ImageRow, 'prediction' | 'finding'> {
  const prediction = judged && judgeOf(judged.run)?.of(image);
  if (found !== undefined) return { prediction, finding: findings?.of(found).get(image) };
  if (compared === undefined) return { prediction };
  const words = [compared.first, compared.second].map((run) => judgeOf(run)?.of(image)?.className);
  return { prediction, finding: { text: `${words[0]} \\ ${words[1]}`, suggested: null } };
}

/** The images of a query by what a model says, the most telling first. */
function judgedImages(
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
