/** @file The types that a layer's options have: what is given, what is held, and how each stands in Keras' configuration. */

import { GraftError } from '../errors/graft-error.ts';
import { type ActivationName, type ActivationOption, resolveActivation } from './activations.ts';
import {
  type Initializer,
  type InitializerOption,
  initializerFromConfig,
  initializerToConfig,
  resolveInitializer,
} from './initializers.ts';
import type { LayerShape } from './layer-shape.ts';

/** One number for both axes, or height and width. */
export type Pair = number | readonly [height: number, width: number];

export type Sides = readonly [before: number, after: number];

/** In pixels: on all sides; for height and width; or `[[top, bottom], [left, right]]`. */
export type SidesOption = number | readonly [number, number] | readonly [Sides, Sides];

/** One number for all channels, or one for each. */
export type PerChannel = number | readonly number[];

/** What an option takes, by its type. */
export interface GivenTypes {
  /** A finite number. */
  readonly number: number;
  /** A whole number from 1 on. */
  readonly count: number;
  readonly boolean: boolean;
  readonly string: string;
  /** Whole numbers from 1 on, for height and width. */
  readonly pair: Pair;
  /** Pixels from 0 on, at the sides of an image. */
  readonly sides: SidesOption;
  /** Keras' axis; negative counts from the end. */
  readonly axis: number;
  /** A list of whole numbers. */
  readonly integers: readonly number[];
  /** A number for each channel. */
  readonly numbers: readonly number[];
  /** A number for all channels, or one for each. */
  readonly perChannel: PerChannel;
  /** Sizes, null where open. */
  readonly shape: LayerShape;
  readonly activation: ActivationOption;
  readonly initializer: InitializerOption;
}

/** What a layer holds of it. */
export interface HeldTypes extends Omit<GivenTypes, 'pair' | 'sides' | 'activation' | 'initializer'> {
  readonly pair: readonly [height: number, width: number];
  /** `[[top, bottom], [left, right]]` */
  readonly sides: readonly [Sides, Sides];
  readonly activation: ActivationName;
  readonly initializer: Initializer;
}

/** How one type is read, checked and written. */
export interface OptionType<Given, Held> {
  /** As messages about a configuration name it. */
  readonly expected: string;
  /** What a configuration has, as what an option takes; undefined where it is none. */
  readonly parse: (value: unknown) => Given | undefined;
  /** What messages expect of an option of this name, where the value is not right; undefined where it is. */
  readonly refuse: (value: Given, name: string) => { expected: string; received: string } | undefined;
  readonly hold: (value: Given, where: string) => Held;
  readonly toConfig: (value: Held) => unknown;
}

const same = <T>(value: T): T => value;
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isWhole = (value: unknown): value is number => Number.isInteger(value);

function plain<T>(
  expected: string,
  isIt: (value: unknown) => boolean,
  isRight: (value: T) => boolean = isIt,
): OptionType<T, T> {
  return {
    expected,
    parse: (value) => (isIt(value) ? (value as T) : undefined),
    refuse: (value, name) =>
      isRight(value) ? undefined : { expected: `${name} to be ${expected}`, received: shown(value) },
    hold: same,
    toConfig: same,
  };
}

function positive(values: readonly number[], name: string) {
  if (values.every((value) => isWhole(value) && value > 0)) return undefined;
  return { expected: `${name} of positive integers`, received: values.join(', ') };
}

/** A type without a row does not compile. */
export const OPTION_TYPES: { readonly [K in keyof GivenTypes]: OptionType<GivenTypes[K], HeldTypes[K]> } = {
  number: plain<number>('a number', isNumber, Number.isFinite),
  count: { ...plain<number>('a number', isNumber), refuse: (value, name) => positive([value], name) },
  boolean: plain<boolean>('true or false', (value) => typeof value === 'boolean'),
  string: plain<string>('a text', (value) => typeof value === 'string'),
  pair: {
    expected: 'a number or a pair of numbers',
    parse: (value) =>
      isNumber(value) || (Array.isArray(value) && value.length === 2 && value.every(isWhole))
        ? (value as Pair)
        : undefined,
    refuse: (value, name) => positive(asPair(value), name),
    hold: asPair,
    toConfig: same,
  },
  sides: {
    expected: 'a number, a pair of numbers, or two pairs',
    parse: (value) =>
      isNumber(value) || (Array.isArray(value) && value.length === 2) ? (value as SidesOption) : undefined,
    refuse: (value, name) =>
      asSides(value)
        .flat()
        .every((size) => isWhole(size) && size >= 0)
        ? undefined
        : { expected: `${name} of integers from 0`, received: JSON.stringify(value) },
    hold: asSides,
    toConfig: same,
  },
  axis: {
    ...plain<number>('a number', isNumber, isWhole),
    // Keras writes it as a list of one after a layer is built, and Keras 2 always did.
    parse: (value) => [value].flat().find(isNumber),
  },
  integers: plain<readonly number[]>('a list of integers', (value) => isListOf(value, isWhole)),
  numbers: plain<readonly number[]>('one number for each channel, or null,', (value) =>
    isListOf(value, isNumber),
  ),
  perChannel: plain<PerChannel>(
    'a number, or one for each channel,',
    (value) => isNumber(value) || isListOf(value, isNumber),
  ),
  shape: plain<LayerShape>('a list of sizes', (value) =>
    isListOf(value, (size) => size === null || isWhole(size)),
  ),
  activation: {
    expected: 'an activation',
    parse: (value) => value as ActivationOption,
    refuse: () => undefined,
    hold: (value, where) => resolveActivation(where, value),
    toConfig: same,
  },
  initializer: {
    expected: 'an initializer',
    parse: (value) => initializerFromConfig(value),
    refuse: () => undefined,
    hold: resolveInitializer,
    toConfig: initializerToConfig,
  },
};

/** The error of an option in a configuration that is missing or of another kind. */
export function configError(
  config: Readonly<Record<string, unknown>>,
  key: string,
  expected: string,
): GraftError {
  const value = config[key];
  return new GraftError('model-file', {
    where: `configuration of layer "${String(config['name'] ?? '?')}"`,
    expected: `${expected} as "${key}"`,
    received: value === undefined ? 'none' : JSON.stringify(value),
    advice: 'The layer has options that Graft does not know; check the file.',
  });
}

/** `[height, width]` of a pair. */
function asPair(pair: Pair): readonly [number, number] {
  return typeof pair === 'number' ? [pair, pair] : [pair[0], pair[1]];
}

function asSides(option: SidesOption): readonly [Sides, Sides] {
  const both = (sides: number | Sides): Sides => (typeof sides === 'number' ? [sides, sides] : sides);
  const [vertical, horizontal] = typeof option === 'number' ? [option, option] : option;
  return [both(vertical), both(horizontal)];
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function shown(value: unknown): string {
  return typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
}
