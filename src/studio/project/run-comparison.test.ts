import { describe, expect, it } from 'vitest';
import { ImageIndex, type IndexedImage } from './image-index.ts';
import { comparedImages } from './narrowed-images.ts';
import { compareJudges } from './run-comparison.ts';
import type { Judge } from './run-judgments.ts';
import { thresholdChoice } from './threshold-choice.ts';

/** Ten images, cats and dogs in turn; the last one in the bin. */
function drawn(): readonly IndexedImage[] {
  const index = new ImageIndex();
  const images = Array.from({ length: 10 }, (_, place) => ({
    path: `${place}.png`,
    className: place === 9 ? null : place % 2 === 0 ? 'cat' : 'dog',
    part: null,
  }));
  index.take({ folders: [], images, parts: [], notes: [] });
  return index.all;
}

/** @param dogs - Probability of a dog, of each image. */
function judgeOf(dogs: readonly number[], trained: readonly number[] = []): Judge {
  const at = ({ path }: IndexedImage): number => Number.parseInt(path, 10);
  return {
    classNames: ['cat', 'dog'],
    of: (image) => ({
      className: dogs[at(image)]! > 0.5 ? 'dog' : 'cat',
      probability: Math.max(dogs[at(image)]!, 1 - dogs[at(image)]!),
      isTrained: trained.includes(at(image)),
      isUnknown: false,
    }),
    probability: (image, className) => (className === 'dog' ? dogs[at(image)]! : 1 - dogs[at(image)]!),
    similarity: () => 1,
  };
}

const RIGHT = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.1, 0.9];

describe('two models on the same images', () => {
  it('are compared where neither was trained, and by the labels of now', () => {
    const images = drawn();
    const worse = judgeOf([0.9, 0.1, ...RIGHT.slice(2)], [8]);
    const found = compareJudges(images, [worse, judgeOf(RIGHT, [7])]);
    expect(found).toMatchObject({ status: 'there', images: 7, accuracy: [5 / 7, 1], differing: 2 });
    expect(found.pair).toMatchObject({ onlyFirst: 0, onlySecond: 2, pValue: 0.5, isSignificant: false });
    const query = { first: 'a', second: 'b' };
    const shown = (show: 'differ' | 'first' | 'second'): string[] =>
      comparedImages(images, { ...query, show }, [worse, judgeOf(RIGHT, [7])]).map(({ path }) => path);
    expect([shown('differ'), shown('first'), shown('second')]).toEqual([
      ['0.png', '1.png'],
      [],
      ['0.png', '1.png'],
    ]);
  });

  it('are not compared where one was trained on each image', () => {
    const all = RIGHT.map((_, place) => place);
    expect(compareJudges(drawn(), [judgeOf(RIGHT, all), judgeOf(RIGHT)]).pair).toBe(null);
  });
});

describe('the threshold of a class', () => {
  it('is counted on images that the model has not seen', () => {
    const choice = thresholdChoice(drawn(), judgeOf(RIGHT, [1]), 'dog');
    expect(choice).toMatchObject({ positives: 3, negatives: 5, auc: 1, averagePrecision: 1 });
    expect(choice.points[0]).toEqual({ threshold: 0.8, recall: 1 / 3, falsePositiveRate: 0, precision: 1 });
    expect(choice.points.at(-1)).toMatchObject({ threshold: 0.1, recall: 1, falsePositiveRate: 1 });
  });

  it('has no points without the model, or without images of both kinds', () => {
    expect(thresholdChoice(drawn(), undefined, 'dog').points).toEqual([]);
    expect(thresholdChoice(drawn(), judgeOf(RIGHT, [1, 3, 5, 7]), 'dog').points).toEqual([]);
  });
});
