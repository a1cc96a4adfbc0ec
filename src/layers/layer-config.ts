/** @file Reads Keras' layer configurations, and checks the options of layers. */

import { GraftError } from '../errors/graft-error.ts';
import { type Initializer, initializerFromConfig } from './initializers.ts';
import type { LayerOptions } from './layer.ts';

/** A layer's configuration with Keras' keys: what `getConfig` gives. */
export type LayerConfig = Readonly<Record<string, unknown>>;

/** One number for both axes, or height and width. */
export type Pair = number | readonly [height: number, width: number];

/** `[height, width]` of a pair. */
export function asPair(pair: Pair): readonly [number, number] {
  return typeof pair === 'number' ? [pair, pair] : [pair[0], pair[1]];
}

/** What the configurations of all layers begin with. */
export function baseConfig(name: string, trainable: boolean): LayerConfig {
  return { name, trainable, dtype: 'float32' };
}

/** The options that every layer has. */
export function readBase(config: LayerConfig): LayerOptions {
  const name = config['name'];
  return {
    ...(typeof name === 'string' ? { name } : {}),
    trainable: readBoolean(config, 'trainable', true),
  };
}

/** A number; null and an absent key give the default. */
export function readNumber(config: LayerConfig, key: string, fallback?: number): number {
  return read(config, key, 'a number', (value) => (typeof value === 'number' ? value : undefined), fallback);
}

/** A number, or null where the key is absent or null. */
export function readOptionalNumber(config: LayerConfig, key: string): number | null {
  return config[key] === undefined || config[key] === null ? null : readNumber(config, key);
}

export function readBoolean(config: LayerConfig, key: string, fallback?: boolean): boolean {
  return read(
    config,
    key,
    'true or false',
    (value) => (typeof value === 'boolean' ? value : undefined),
    fallback,
  );
}

/** One of some strings. */
export function readChoice<const S extends string>(
  config: LayerConfig,
  key: string,
  choices: readonly S[],
  fallback?: S,
): S {
  const expected = choices.map((choice) => `"${choice}"`).join(' or ');
  return read(config, key, expected, (value) => choices.find((choice) => choice === value), fallback);
}

/** Whole numbers in a list. */
export function readIntegers(config: LayerConfig, key: string): readonly number[] {
  return read(config, key, 'a list of integers', (value) =>
    Array.isArray(value) && value.every(Number.isInteger) ? (value as number[]) : undefined,
  );
}

/** One number, or two. */
export function readPair(config: LayerConfig, key: string, fallback?: Pair): readonly [number, number] {
  const pair = read<Pair>(
    config,
    key,
    'a number or a pair of numbers',
    (value) => {
      if (typeof value === 'number') return value;
      if (Array.isArray(value) && value.length === 2 && value.every(Number.isInteger)) {
        return [value[0], value[1]];
      }
      return undefined;
    },
    fallback,
  );
  return asPair(pair);
}

export function readInitializer(config: LayerConfig, key: string, fallback: string): Initializer {
  return initializerFromConfig(config[key] ?? fallback);
}

/** @throws {GraftError} `model-file`, unless images are channels-last, the one layout that layers have outside. */
export function requireChannelsLast(config: LayerConfig): void {
  readChoice(config, 'data_format', ['channels_last'], 'channels_last');
}

/** @throws {GraftError} `argument`, unless every value is a positive integer. */
export function requirePositiveIntegers(
  where: string,
  option: string,
  values: number | readonly number[],
): void {
  const list = typeof values === 'number' ? [values] : values;
  if (list.every((value) => Number.isInteger(value) && value > 0)) return;
  throw new GraftError('argument', {
    where,
    expected: `${option} of positive integers`,
    received: list.join(', '),
    advice: `Correct ${option}.`,
  });
}

function read<T>(
  config: LayerConfig,
  key: string,
  expected: string,
  parse: (value: unknown) => T | undefined,
  fallback?: T,
): T {
  const value = config[key];
  const parsed = value === undefined || value === null ? fallback : parse(value);
  if (parsed !== undefined) return parsed;
  throw new GraftError('model-file', {
    where: `configuration of layer "${String(config['name'] ?? '?')}"`,
    expected: `${expected} as "${key}"`,
    received: value === undefined ? 'none' : JSON.stringify(value),
    advice: 'The layer has options that Graft does not know; check the file.',
  });
}
