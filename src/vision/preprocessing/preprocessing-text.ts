/** @file What is done to pixels, in one line: `torch`, `mean=0.5,std=0.5`. */

import { closest, distance } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { MeanAndStd, Preprocessing } from './preprocessing.ts';
import {
  NAMED_PREPROCESSING,
  PREPROCESSING_NAMES,
  type PreprocessingChoice,
} from './preprocessing-choice.ts';

/**
 * Reads a preprocessing: a name (`raw`, `zero-to-one`, `minus-one-to-one`, `caffe`, `torch`), or mean and deviation for
 * pixels in [0, 1], one number or three: `mean=0.485/0.456/0.406,std=0.229/0.224/0.225`.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parsePreprocessing(text: string): PreprocessingChoice {
  const named = PREPROCESSING_NAMES.find((name) => name === text);
  if (named !== undefined) return named;
  if (!text.includes('=')) {
    const nearest = closest(text, [...PREPROCESSING_NAMES]);
    const hint = distance(text, nearest) <= 3 ? ` Did you mean "${nearest}"?` : '';
    throw textError(text, `one of ${PREPROCESSING_NAMES.join(', ')}, or mean and std`, `"${text}"`, hint);
  }
  const said = new Map(
    text.split(',').map((part) => {
      const [name = '', numbers = ''] = part.split('=').map((piece) => piece.trim());
      return [name, numbers] as const;
    }),
  );
  const other = [...said.keys()].find((name) => name !== 'mean' && name !== 'std');
  if (other !== undefined || said.size !== 2) {
    throw textError(text, 'mean and std', other === undefined ? `"${text}"` : `"${other}"`);
  }
  return {
    mean: numbersOf(text, 'mean', said.get('mean')!, (mean) => mean >= 0 && mean <= 1),
    std: numbersOf(text, 'std', said.get('std')!, (std) => std > 0 && std <= 1),
  };
}

/** A preprocessing as {@link parsePreprocessing} reads it. */
export function formatPreprocessing(choice: PreprocessingChoice): string {
  if (typeof choice === 'string') return choice;
  const list = (numbers: readonly number[]): string =>
    new Set(numbers).size === 1 ? String(numbers[0]) : numbers.join('/');
  return `mean=${list(choice.mean)},std=${list(choice.std)}`;
}

/** What a network gets, in words: `[-1, 1]`. */
export function describePreprocessing(preprocessing: Preprocessing): string {
  const wanted = JSON.stringify(comparable(preprocessing));
  const named = Object.values(NAMED_PREPROCESSING).find(
    (each) => JSON.stringify(comparable(each.preprocessing)) === wanted,
  );
  if (named !== undefined) return named.gives;
  const [scale, offset] = [three(preprocessing.scale), three(preprocessing.offset)];
  const order = preprocessing.channelOrder === 'bgr' ? ', blue first' : '';
  const std = scale.map((each) => 1 / (255 * each));
  const mean = offset.map((each, channel) => -each * std[channel]!);
  return `[0, 1]${order}, less ${shown(mean)}, divided by ${shown(std)}`;
}

function comparable({ channelOrder = 'rgb', scale, offset }: Preprocessing): unknown {
  const rounded = (numbers: Preprocessing['scale']) => three(numbers).map((each) => Math.fround(each) + 0);
  return { channelOrder, scale: rounded(scale), offset: rounded(offset) };
}

function three(numbers: Preprocessing['scale']): readonly number[] {
  return typeof numbers === 'number' ? [numbers, numbers, numbers] : numbers;
}

function shown(numbers: readonly number[]): string {
  const texts = numbers.map((each) => `${Number(each.toPrecision(4))}`);
  return new Set(texts).size === 1 ? texts[0]! : texts.join('/');
}

function numbersOf(
  text: string,
  name: 'mean' | 'std',
  list: string,
  holds: (value: number) => boolean,
): MeanAndStd['mean'] {
  const numbers = list.split('/').map((each) => (each.trim() === '' ? Number.NaN : Number(each)));
  const [red = Number.NaN, green = red, blue = red] = numbers;
  if ((numbers.length === 1 || numbers.length === 3) && numbers.every(holds)) return [red, green, blue];
  const range = name === 'mean' ? 'from 0 to 1' : 'above 0, up to 1';
  throw textError(
    text,
    `for ${name} one number ${range}, or three with "/" between them, for pixels in [0, 1]`,
    `"${list}"`,
  );
}

function textError(text: string, expected: string, received: string, hint = ''): GraftError {
  return new GraftError('argument', {
    where: `preprocessing "${text}"`,
    expected,
    received,
    advice: `Write it as "torch", or as "mean=0.485/0.456/0.406,std=0.229/0.224/0.225".${hint}`,
  });
}
