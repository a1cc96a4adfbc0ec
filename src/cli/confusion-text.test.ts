import stringWidth from 'fast-string-width';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ClassificationResult } from '../events/metrics-report.ts';
import { confusionTable } from './confusion-text.ts';
import * as terminal from './terminal.ts';

const TEN = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** Every class with so many images, a tenth of which are predicted as the next. */
function resultOf(names: readonly string[], images: number): ClassificationResult {
  const wrong = Math.floor(images / 10);
  const confusion = names.map((_, row) =>
    names.map((__, column) =>
      column === row ? images - wrong : column === (row + 1) % names.length ? wrong : 0,
    ),
  );
  const perClass = names.map((className) => ({
    className,
    precision: 0.9,
    recall: 0.9,
    f1: 0.9,
    support: images,
  }));
  return { perClass, confusion } as unknown as ClassificationResult;
}

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)));

function atColumns(columns: number): void {
  vi.spyOn(terminal, 'measureColumns').mockReturnValue(columns);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('confusionTable', () => {
  it('has the names of classes above its columns where there is room', () => {
    expect(confusionTable(resultOf(['horses', 'humans'], 100))).toBe(
      [
        'true \\ predicted  horses  humans  recall',
        'horses                90      10   90.0%',
        'humans                10      90   90.0%',
      ].join('\n'),
    );
  });

  it.each([
    [80, 100],
    [80, 5000],
    [120, 5000],
  ])('of ten classes fits %d columns, with %d images each, and names every class', (columns, images) => {
    atColumns(columns);
    const drawn = confusionTable(resultOf(TEN, images));
    expect(widest(drawn)).toBeLessThanOrEqual(columns);
    expect(drawn.split('\n')).toHaveLength(11);
    for (const name of TEN) expect(drawn).toMatch(new RegExp(`^ *\\d* ?${name} `, 'm'));
  });

  it.each([
    ['many classes', Array.from({ length: 30 }, (_, index) => `class ${index}`), 80],
    ['long names on a narrow terminal', TEN.map((name) => `${name} of a long name`), 60],
  ])('of %s lists the most frequent confusions', (_, names, columns) => {
    atColumns(columns);
    const drawn = confusionTable(resultOf(names, 9000));
    expect(drawn.split('\n')[0]).toMatch(/^true +predicted +images$/);
    expect(drawn.split('\n').length).toBeLessThanOrEqual(13);
    expect(widest(drawn)).toBeLessThanOrEqual(columns);
  });
});
