import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import {
  CAFFE_PREPROCESSING,
  INSIDE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  TORCH_PREPROCESSING,
} from './preprocessing.ts';
import { resolvePreprocessing } from './preprocessing-choice.ts';
import { describePreprocessing, formatPreprocessing, parsePreprocessing } from './preprocessing-text.ts';

describe('parsePreprocessing', () => {
  it('leaves it to the backbone where that is said', () => {
    expect(resolvePreprocessing(parsePreprocessing('backbone'))).toBeUndefined();
  });

  it('knows names', () => {
    expect(resolvePreprocessing(parsePreprocessing('raw'))).toBe(INSIDE_PREPROCESSING);
    expect(resolvePreprocessing(parsePreprocessing('caffe'))).toBe(CAFFE_PREPROCESSING);
    expect(resolvePreprocessing(parsePreprocessing('torch'))).toBe(TORCH_PREPROCESSING);
  });

  it('takes one number or three', () => {
    expect(parsePreprocessing('mean=0.5, std=0.5')).toEqual(
      parsePreprocessing('std=0.5/0.5/0.5,mean=0.5/0.5/0.5'),
    );
  });

  it.each(['backbone', 'torch', 'mean=0.5,std=0.25', 'mean=0.485/0.456/0.406,std=0.229/0.224/0.225'])(
    'is written as it was read: %s',
    (text) => {
      expect(formatPreprocessing(parsePreprocessing(text))).toBe(text);
    },
  );

  it.each([
    [
      'troch',
      'one of backbone, raw, zero-to-one, minus-one-to-one, caffe, torch, or mean and std, received "troch". ',
      ' Did you mean "torch"?',
    ],
    ['mean=0.5', 'mean and std, received "mean=0.5". ', ''],
    ['mean=0.5,dev=0.5', 'mean and std, received "dev". ', ''],
    [
      'mean=127.5,std=0.5',
      'for mean one number from 0 to 1, or three with "/" between them, for pixels in [0, 1], received "127.5". ',
      '',
    ],
    [
      'mean=0.5,std=0.5/0',
      'for std one number above 0, up to 1, or three with "/" between them, for pixels in [0, 1], received "0.5/0". ',
      '',
    ],
  ])('refuses %s', (text, expected, hint) => {
    expect(() => parsePreprocessing(text)).toThrow(
      withMessage(
        `preprocessing "${text}": expected ${expected}Write it as "torch", or as ` +
          `"mean=0.485/0.456/0.406,std=0.229/0.224/0.225".${hint}`,
      ),
    );
  });
});

describe('describePreprocessing', () => {
  it.each([
    [MINUS_ONE_TO_ONE, '[-1, 1]'],
    [resolvePreprocessing(parsePreprocessing('mean=0.5,std=0.5'))!, '[-1, 1]'],
    [TORCH_PREPROCESSING, "[0, 1], less ImageNet's mean, divided by its deviation"],
    [CAFFE_PREPROCESSING, "[0, 255], blue first, less ImageNet's mean"],
    [INSIDE_PREPROCESSING, '[0, 255], as they are'],
    [
      resolvePreprocessing(parsePreprocessing('mean=0.4/0.5/0.6,std=0.25'))!,
      '[0, 1], less 0.4/0.5/0.6, divided by 0.25',
    ],
  ])('says what a network gets', (preprocessing, text) => {
    expect(describePreprocessing(preprocessing)).toBe(text);
  });
});
