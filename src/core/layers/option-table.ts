/** @file A layer's options as one table: the types, the constructor's values and Keras' configuration follow from it. */

import { GraftError } from '../errors/graft-error.ts';
import type { LayerOptions } from './layer.ts';
import { type LayerConfig, readBase } from './layer-config.ts';
import {
  configError,
  type GivenTypes,
  type HeldTypes,
  OPTION_TYPES,
  type OptionType,
} from './option-types.ts';

/** Bounds of a number, and what to do about one beyond them. */
export interface NumberBounds {
  readonly min?: number;
  /** The number itself is out. */
  readonly below?: number;
  /** Default `Correct NAME.` */
  readonly advice?: string;
}

/**
 * One option. Without a default it must be given; null as a default stands for none. `sameAs` takes the value of an option
 * before it.
 */
export type LayerOption =
  | ({ readonly type: 'number'; readonly default?: number | null } & NumberBounds)
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default?: string }
  | {
      readonly type: Exclude<keyof GivenTypes, 'number'>;
      readonly default?: unknown;
      readonly sameAs?: string;
      /** Of an axis: it stands in a list of one, as Keras 3 has it in some layers. */
      readonly inList?: true;
    }
  /** What a configuration says and a layer has no choice in; a file with another value is refused. */
  | { readonly type: 'fixed'; readonly value: string | boolean }
  /** What Keras' configuration has and does not matter here. */
  | { readonly type: 'ignored'; readonly value: null };

/** By the options' names, in the order of Keras' configuration, where `kernelSize` is `kernel_size`. */
export type OptionTable = Readonly<Record<string, LayerOption>>;

type Choosable<T extends OptionTable> = {
  [K in keyof T]: T[K] extends { type: 'fixed' | 'ignored' } ? never : K;
}[keyof T];

type Optional<T extends OptionTable> = {
  [K in Choosable<T>]: T[K] extends { default: unknown } | { sameAs: string } ? K : never;
}[Choosable<T>];

type OrNull<O> = O extends { default: null } ? null : never;

type Given<O> = O extends { type: 'choice'; choices: readonly (infer C)[] }
  ? C
  : O extends { type: infer K extends keyof GivenTypes }
    ? GivenTypes[K] | OrNull<O>
    : never;

type Held<O> = O extends { type: 'choice'; choices: readonly (infer C)[] }
  ? C
  : O extends { type: infer K extends keyof HeldTypes }
    ? HeldTypes[K] | OrNull<O>
    : never;

/** What the constructor of a layer with this table takes. */
export type OptionsOf<T extends OptionTable> = {
  readonly [K in keyof T as K extends Exclude<Choosable<T>, Optional<T>> ? K : never]: Given<T[K]>;
} & { readonly [K in keyof T as K extends Optional<T> ? K : never]?: Given<T[K]> | undefined } & LayerOptions;

/** What a layer with this table holds, under the same names. */
export type ValuesOf<T extends OptionTable> = {
  readonly [K in keyof T as K extends Choosable<T> ? K : never]: Held<T[K]>;
};

type AnyType = OptionType<unknown, unknown>;

/** The values of all options, checked. @throws {GraftError} `argument`, if one is not what its row says. */
export function readOptions(
  table: OptionTable,
  options: Readonly<Record<string, unknown>>,
  where: string,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    if (option.type === 'fixed' || option.type === 'ignored') continue;
    const fallback = 'sameAs' in option ? values[option.sameAs!] : defaultOf(option);
    const given = options[name] ?? fallback;
    const refused = refusal(name, option, given);
    if (refused !== undefined) {
      const advice = (option.type === 'number' ? option.advice : undefined) ?? `Correct ${name}.`;
      throw new GraftError('argument', { where, ...refused, advice });
    }
    values[name] = given === null || option.type === 'choice' ? given : typeOf(option).hold(given, where);
  }
  return values;
}

/** What a configuration of Keras says of the options. @throws {GraftError} `model-file`, if it says something else. */
export function optionsFromConfig(table: OptionTable, config: LayerConfig): Record<string, unknown> {
  const options: Record<string, unknown> = { ...readBase(config) };
  for (const [option, row] of Object.entries(table)) {
    const key = configKey(option);
    const value = config[key] ?? undefined;
    if (row.type === 'ignored') continue;
    if (row.type === 'fixed') {
      if (value !== undefined && value !== row.value)
        throw configError(config, key, JSON.stringify(row.value));
      continue;
    }
    if (row.type === 'choice') {
      const quoted = row.choices.map((choice) => `"${choice}"`).join(' or ');
      if (value !== undefined && !row.choices.includes(value as string))
        throw configError(config, key, quoted);
      options[option] = value;
      continue;
    }
    const isRequired = !('default' in row) && !('sameAs' in row);
    const type = typeOf(row);
    options[option] = parsed(config, key, type);
    // An activation that is null is linear.
    if (options[option] === undefined && isRequired && row.type !== 'activation') {
      throw configError(config, key, type.expected);
    }
  }
  return options;
}

/** The options by Keras' keys. */
export function optionsToConfig(table: OptionTable, values: Readonly<Record<string, unknown>>): LayerConfig {
  const entries = Object.entries(table).map(([name, row]): [string, unknown] => {
    const key = configKey(name);
    if (row.type === 'fixed' || row.type === 'ignored') return [key, row.value];
    const value = values[name];
    if (value === null || row.type === 'choice') return [key, value];
    const written = typeOf(row).toConfig(value);
    return [key, 'inList' in row && row.inList ? [written] : written];
  });
  return Object.fromEntries(entries);
}

function parsed(config: LayerConfig, key: string, type: AnyType): unknown {
  const value = config[key];
  if (value === undefined || value === null) return undefined;
  const result = type.parse(value);
  if (result === undefined) throw configError(config, key, type.expected);
  return result;
}

function refusal(
  name: string,
  option: LayerOption,
  value: unknown,
): { expected: string; received: string } | undefined {
  if (option.type === 'fixed' || option.type === 'ignored') return undefined;
  if (value === null && 'default' in option && option.default === null) return undefined;
  if (option.type === 'choice') {
    if (option.choices.includes(value as string)) return undefined;
    const choices = option.choices.map((choice) => `"${choice}"`).join(' or ');
    return { expected: `${name} to be ${choices}`, received: JSON.stringify(value) ?? 'none' };
  }
  if (value === undefined && option.type !== 'activation') {
    return { expected: `a value for ${name}`, received: 'none' };
  }
  if (option.type === 'number') {
    const { min = Number.NEGATIVE_INFINITY, below } = option;
    const number = value as number;
    const isInside = number >= min && (below === undefined || number < below);
    if (!isInside && (min > Number.NEGATIVE_INFINITY || below !== undefined)) {
      const expected = below === undefined ? `${name} of at least ${min}` : `${name} in [${min}, ${below})`;
      return { expected, received: String(value) };
    }
  }
  return typeOf(option).refuse(value, name);
}

function typeOf(option: Exclude<LayerOption, { type: 'choice' | 'fixed' | 'ignored' }>): AnyType {
  return OPTION_TYPES[option.type] as AnyType;
}

function defaultOf(option: LayerOption): unknown {
  return 'default' in option ? option.default : undefined;
}

/** `kernelSize` as `kernel_size`. */
function configKey(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
