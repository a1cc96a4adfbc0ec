/** @file Augmentation in one line: as a person writes it (`rotation:40,shift:0.2,flip`), and as a person reads it. */

import { closest, distance } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import {
  AUGMENTATION_ALIASES,
  AUGMENTATION_PRESETS,
  type AugmentationSpec,
  augmentationSchema,
  FILL_MODES,
  isNoAugmentation,
  NO_AUGMENTATION,
  type Range,
} from './augmentation-spec.ts';
import { MAX_MAGNITUDE, MAX_OPERATIONS } from './rand-augment-spec.ts';

type Key = keyof AugmentationSpec;

/** How each key's value is written, and what it may be. */
const VALUES: Readonly<Record<Key, { readonly form: string; readonly expected: string }>> = {
  rotation: { form: 'DEGREES', expected: 'degrees from 0 to 180' },
  widthShift: { form: 'SHARE', expected: 'a fraction of the width from 0 to 1' },
  heightShift: { form: 'SHARE', expected: 'a fraction of the height from 0 to 1' },
  shear: { form: 'DEGREES', expected: 'degrees from 0 to 89' },
  zoom: { form: 'RANGE', expected: 'a number from 0 up to, not with, 1, or LOW..HIGH above 0 and up to 10' },
  horizontalFlip: { form: '', expected: 'no value' },
  verticalFlip: { form: '', expected: 'no value' },
  brightness: { form: 'RANGE', expected: 'a number from 0 to 1, or LOW..HIGH from 0 to 10' },
  contrast: { form: 'RANGE', expected: 'a number from 0 to 1, or LOW..HIGH from 0 to 10' },
  saturation: { form: 'RANGE', expected: 'a number from 0 to 1, or LOW..HIGH from 0 to 10' },
  fill: { form: 'MODE', expected: `one of ${FILL_MODES.join(', ')}` },
  fillValue: { form: 'VALUE', expected: 'a whole number from 0 to 255' },
  randomResizedCrop: {
    form: 'SCALE:RATIO',
    expected:
      'nothing, or the least fraction of the area or LOW..HIGH up to 1, and the largest ratio or LOW..HIGH up to 10,',
  },
  randAugment: {
    form: 'OPS:MAGNITUDE',
    expected: `nothing, or how many operations, 1 to ${MAX_OPERATIONS}, and their magnitude, 0 to ${MAX_MAGNITUDE},`,
  },
};
/** Values with parts, which may be left out from the last on: their names. */
const PARTS: Partial<Readonly<Record<Key, readonly string[]>>> = {
  randomResizedCrop: ['scale', 'ratio'],
  randAugment: ['numOps', 'magnitude'],
};
const KEYS = Object.keys(VALUES) as Key[];
/** Short words for one key or two. */
const SHORT: ReadonlyMap<string, readonly Key[]> = new Map([
  ['shift', ['widthShift', 'heightShift']],
  ['flip', ['horizontalFlip']],
  ['crop', ['randomResizedCrop']],
]);

/** How an augmentation is written, for help texts. */
export const AUGMENTATION_FORMS: readonly string[] = [
  ...Object.keys(AUGMENTATION_PRESETS),
  'shift:SHARE',
  'flip',
  'crop:SCALE:RATIO',
  ...KEYS.map((key) => (VALUES[key].form === '' ? key : `${key}:${VALUES[key].form}`)),
];

/**
 * Reads an augmentation: a preset (`geometric`, `none`), changes separated by commas, or a preset and changes to it:
 * `geometric,brightness:0.2`. `shift:SHARE` is both shifts, `flip` is `horizontalFlip`; of a range, one number `x` stands
 * for `1-x..1+x`.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parseAugmentation(text: string): AugmentationSpec {
  const parts = text.split(',').map((part) => part.trim());
  const preset = presetOf(parts[0]);
  const written: Record<string, unknown> = { ...preset };
  for (const part of preset === undefined ? parts : parts.slice(1)) {
    const [word = '', ...pieces] = part.split(':').map((piece) => piece.trim());
    const keys = SHORT.get(word) ?? KEYS.filter((key) => key === word);
    if (keys.length === 0) throw unknownWord(text, part, word);
    for (const key of keys) {
      const read = readPieces(key, pieces);
      if (!augmentationSchema.safeParse({ [key]: read }).success || read === undefined) {
        throw augmentationError(
          text,
          `${VALUES[key].expected} after "${word}"`,
          pieces.length === 0 ? 'nothing' : `"${part}"`,
        );
      }
      written[key] = read;
    }
  }
  return augmentationSchema.parse(written);
}

/** An augmentation as {@link parseAugmentation} reads it: the name of a preset, or its changes. */
export function formatAugmentation(spec: AugmentationSpec): string {
  const text = changesText(spec);
  const preset = Object.entries(AUGMENTATION_PRESETS).find(([, each]) => changesText(each) === text);
  return preset?.[0] ?? text;
}

function changesText(spec: AugmentationSpec): string {
  return KEYS.filter((key) => JSON.stringify(spec[key]) !== JSON.stringify(NO_AUGMENTATION[key]))
    .map((key) => {
      if (VALUES[key].form === '') return key;
      const parts = Object.entries(spec).find(([name]) => name === key)![1];
      const values = PARTS[key]?.map((name) => parts[name]) ?? [parts];
      return [key, ...values.map((value) => (Array.isArray(value) ? value.join('..') : value))].join(':');
    })
    .join(',');
}

/** One line for a person: `rotation up to 40 degrees, flip left to right, edges nearest`. */
export function describeAugmentation(spec: AugmentationSpec): string {
  if (isNoAugmentation(spec)) return 'none';
  const { rotation, widthShift, heightShift, shear } = spec;
  const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(6))} %`;
  const factors = (name: string, [low, high]: Range): string =>
    low === 1 && high === 1
      ? ''
      : `${name} x ${low === high ? short(low) : `${short(low)} to ${short(high)}`}`;
  return [
    describeCrop(spec),
    rotation > 0 && `rotation up to ${rotation} degrees`,
    widthShift > 0 && `shift up to ${percent(widthShift)} of the width`,
    heightShift > 0 && `shift up to ${percent(heightShift)} of the height`,
    shear > 0 && `shear up to ${shear} degrees`,
    factors('zoom', spec.zoom),
    spec.horizontalFlip && 'flip left to right',
    spec.verticalFlip && 'flip upside down',
    factors('brightness', spec.brightness),
    factors('contrast', spec.contrast),
    factors('saturation', spec.saturation),
    describeRandAugment(spec),
    spec.fill === 'constant' ? `edges filled with ${spec.fillValue}` : `edges ${spec.fill}`,
  ]
    .filter((part) => part !== false && part !== '')
    .join(', ');
}

function describeCrop({ randomResizedCrop: crop }: AugmentationSpec): string {
  if (crop === undefined) return '';
  const [least, most] = crop.scale.map((fraction) => `${Number((fraction * 100).toPrecision(3))} %`);
  const [low, high] = crop.ratio.map((ratio) => Number(ratio.toPrecision(3)));
  return `a part of ${least} to ${most} of the area, ratio ${low} to ${high}`;
}

function describeRandAugment({ randAugment }: AugmentationSpec): string {
  if (randAugment === undefined) return '';
  const { numOps, magnitude } = randAugment;
  return `RandAugment with ${numOps} operation${numOps === 1 ? '' : 's'} of magnitude ${magnitude}`;
}

function presetOf(word: string | undefined): AugmentationSpec | undefined {
  const wanted =
    word !== undefined && Object.hasOwn(AUGMENTATION_ALIASES, word) ? AUGMENTATION_ALIASES[word] : word;
  return Object.entries(AUGMENTATION_PRESETS).find(([name]) => name === wanted)?.[1];
}

/** What stands behind a word as data; `undefined` if it is nothing of its kind. */
function readPieces(key: Key, pieces: readonly string[]): unknown {
  const names = PARTS[key];
  if (names === undefined) return pieces.length > 1 ? undefined : readValue(key, pieces[0]);
  if (pieces.length > names.length) return undefined;
  return Object.fromEntries(pieces.map((piece, index) => [names[index], readValue(key, piece)]));
}

/** The value as data; `undefined` if it is none of its kind. */
function readValue(key: Key, value: string | undefined): unknown {
  const { form } = VALUES[key];
  if (form === '') return value === undefined ? true : undefined;
  if (value === undefined || form === 'MODE') return value;
  const numbers = value.split('..').map((number) => (number.trim() === '' ? Number.NaN : Number(number)));
  return numbers.length === 1 ? numbers[0] : numbers;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function unknownWord(text: string, part: string, word: string): GraftError {
  const words = [...Object.keys(AUGMENTATION_PRESETS), ...SHORT.keys(), ...KEYS];
  const nearest = closest(word, words);
  const hint = distance(word, nearest) <= 2 ? ` Did you mean "${nearest}"?` : '';
  const first = text.trim() === part ? 'a preset or ' : '';
  return augmentationError(text, `${first}changes among ${words.slice(2).join(', ')}`, `"${part}"`, hint);
}

function augmentationError(text: string, expected: string, received: string, hint = ''): GraftError {
  return new GraftError('argument', {
    where: `augmentation "${text}"`,
    expected,
    received,
    advice: `Write it as "geometric", or "rotation:40,shift:0.2,flip".${hint}`,
  });
}
