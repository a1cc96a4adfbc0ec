/**
 * @file Initializers: how a weight's first numbers are drawn. Keras' formulas and defaults; the stream of random
 * numbers is Graft's own, so a seed gives other numbers here than there.
 */

import { GraftError } from '../errors/graft-error.ts';
import type { Random } from '../tensor/random.ts';
import { computeSize } from '../tensor/tensor.ts';

/** Draws the first values of a weight. */
export interface Initializer {
  /** Keras' class name, for configurations: `GlorotUniform`. */
  readonly className: string;
  /** Draws `product(shape)` numbers, row-major, in Keras' layout. */
  draw(shape: readonly number[], random: Random): Float32Array;
  getConfig(): Readonly<Record<string, unknown>>;
}

export type InitializerName =
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'zeros'
  | 'ones'
  | 'randomUniform'
  | 'randomNormal'
  | 'truncatedNormal';

/** What an option takes: an initializer, or its name as here (`heNormal`) or in Keras (`he_normal`, `HeNormal`). */
export type InitializerOption = Initializer | InitializerName | (string & Record<never, never>);

export interface VarianceScalingOptions {
  /** Above 0. Default 1. */
  readonly scale?: number;
  /** What the variance is divided by. Default `fanIn`. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg';
  /** Default `truncatedNormal`. */
  readonly distribution?: 'truncatedNormal' | 'untruncatedNormal' | 'uniform';
}

/** Standard deviation of a standard normal distribution cut at two standard deviations. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

/**
 * Variance `scale / n`, where `n` is the number of inputs, of outputs, or the mean of both.
 *
 * @throws {GraftError} `argument`, if `scale` is not positive.
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  if (!(scale > 0)) {
    throw new GraftError('argument', {
      where: 'initializer VarianceScaling',
      expected: 'scale above 0',
      received: `${scale}`,
      advice: 'Give a positive scale.',
    });
  }
  return scaling('VarianceScaling', { scale, mode, distribution }, () => ({
    scale,
    mode: { fanIn: 'fan_in', fanOut: 'fan_out', fanAvg: 'fan_avg' }[mode],
    distribution: {
      truncatedNormal: 'truncated_normal',
      untruncatedNormal: 'untruncated_normal',
      uniform: 'uniform',
    }[distribution],
    seed: null,
  }));
}

/** Uniform within `sqrt(6 / (fanIn + fanOut))`. @see https://proceedings.mlr.press/v9/glorot10a.html */
export function glorotUniform(): Initializer {
  return scaling('GlorotUniform', { scale: 1, mode: 'fanAvg', distribution: 'uniform' });
}

/** Truncated normal, variance `2 / (fanIn + fanOut)`. @see https://proceedings.mlr.press/v9/glorot10a.html */
export function glorotNormal(): Initializer {
  return scaling('GlorotNormal', { scale: 1, mode: 'fanAvg', distribution: 'truncatedNormal' });
}

/** Uniform within `sqrt(6 / fanIn)`. @see https://arxiv.org/abs/1502.01852 */
export function heUniform(): Initializer {
  return scaling('HeUniform', { scale: 2, mode: 'fanIn', distribution: 'uniform' });
}

/** Truncated normal, variance `2 / fanIn`. @see https://arxiv.org/abs/1502.01852 */
export function heNormal(): Initializer {
  return scaling('HeNormal', { scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });
}

/** Uniform within `sqrt(3 / fanIn)`. */
export function lecunUniform(): Initializer {
  return scaling('LecunUniform', { scale: 1, mode: 'fanIn', distribution: 'uniform' });
}

/** Truncated normal, variance `1 / fanIn`. */
export function lecunNormal(): Initializer {
  return scaling('LecunNormal', { scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });
}

export function zeros(): Initializer {
  return simple('Zeros', {}, () => {});
}

export function ones(): Initializer {
  return simple('Ones', {}, (numbers) => numbers.fill(1));
}

export function constant(value = 0): Initializer {
  return simple('Constant', { value }, (numbers) => numbers.fill(value));
}

/** Uniform in `[minval, maxval)`. Defaults -0.05 and 0.05. */
export function randomUniform(
  options: { readonly minval?: number; readonly maxval?: number } = {},
): Initializer {
  const { minval = -0.05, maxval = 0.05 } = options;
  return simple('RandomUniform', { minval, maxval, seed: null }, (numbers, random) =>
    fillUniform(numbers, minval, maxval, random),
  );
}

/** Normal. Defaults: mean 0, standard deviation 0.05. */
export function randomNormal(
  options: { readonly mean?: number; readonly stddev?: number } = {},
): Initializer {
  const { mean = 0, stddev = 0.05 } = options;
  return simple('RandomNormal', { mean, stddev, seed: null }, (numbers, random) => {
    for (let i = 0; i < numbers.length; i++) numbers[i] = mean + stddev * random.normal();
  });
}

/** Normal, drawn again beyond two standard deviations. Defaults: mean 0, standard deviation 0.05 before the cut. */
export function truncatedNormal(
  options: { readonly mean?: number; readonly stddev?: number } = {},
): Initializer {
  const { mean = 0, stddev = 0.05 } = options;
  return simple('TruncatedNormal', { mean, stddev, seed: null }, (numbers, random) =>
    fillTruncated(numbers, mean, stddev, random),
  );
}

/** Makes initializers: `layers.dense({ units: 2, kernelInitializer: initializers.heNormal() })`. */
export const initializers: {
  readonly varianceScaling: typeof varianceScaling;
  readonly glorotUniform: typeof glorotUniform;
  readonly glorotNormal: typeof glorotNormal;
  readonly heUniform: typeof heUniform;
  readonly heNormal: typeof heNormal;
  readonly lecunUniform: typeof lecunUniform;
  readonly lecunNormal: typeof lecunNormal;
  readonly zeros: typeof zeros;
  readonly ones: typeof ones;
  readonly constant: typeof constant;
  readonly randomUniform: typeof randomUniform;
  readonly randomNormal: typeof randomNormal;
  readonly truncatedNormal: typeof truncatedNormal;
} = {
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  zeros,
  ones,
  constant,
  randomUniform,
  randomNormal,
  truncatedNormal,
};

/**
 * The initializer that an option means.
 *
 * @throws {GraftError} `argument`, if no initializer has that name.
 */
export function resolveInitializer(option: InitializerOption): Initializer {
  return typeof option === 'string' ? byName(option, {}) : option;
}

/**
 * The initializer of a Keras configuration: a name, or `{ class_name, config }`.
 *
 * @throws {GraftError} `argument`, if there is no such initializer.
 */
export function initializerFromConfig(config: unknown): Initializer {
  if (typeof config === 'string') return byName(config, {});
  const parts = (config ?? {}) as { class_name?: unknown; config?: Record<string, unknown> };
  if (typeof parts.class_name !== 'string' && isInitializer(config)) return config;
  return byName(String(parts.class_name), parts.config ?? {});
}

/** Keras' form of an initializer inside a layer's configuration. */
export function initializerToConfig(initializer: Initializer): Readonly<Record<string, unknown>> {
  return {
    module: 'keras.initializers',
    class_name: initializer.className,
    config: initializer.getConfig(),
    registered_name: null,
  };
}

type Config = Readonly<Record<string, unknown>>;

const BY_CLASS_NAME: Readonly<Record<string, (config: Config) => Initializer>> = {
  VarianceScaling: (config) => varianceScaling(scalingOptions(config)),
  GlorotUniform: glorotUniform,
  GlorotNormal: glorotNormal,
  HeUniform: heUniform,
  HeNormal: heNormal,
  LecunUniform: lecunUniform,
  LecunNormal: lecunNormal,
  Zeros: zeros,
  Ones: ones,
  Constant: (config) => constant(numberOf(config, 'value', 0)),
  RandomUniform: (config) =>
    randomUniform({ minval: numberOf(config, 'minval', -0.05), maxval: numberOf(config, 'maxval', 0.05) }),
  RandomNormal: (config) => randomNormal(normalOptions(config)),
  TruncatedNormal: (config) => truncatedNormal(normalOptions(config)),
};

function byName(name: string, config: Config): Initializer {
  const wanted = name.replaceAll('_', '').toLowerCase();
  const className = Object.keys(BY_CLASS_NAME).find((candidate) => candidate.toLowerCase() === wanted);
  if (className !== undefined) return BY_CLASS_NAME[className]!(config);
  throw new GraftError('argument', {
    where: 'initializer',
    expected: `one of ${Object.keys(BY_CLASS_NAME).join(', ')}`,
    received: `"${name}"`,
    advice: 'Choose one of these.',
  });
}

function isInitializer(value: unknown): value is Initializer {
  return typeof value === 'object' && value !== null && 'draw' in value;
}

function numberOf(config: Config, key: string, fallback: number): number {
  const value = config[key];
  return typeof value === 'number' ? value : fallback;
}

function normalOptions(config: Config): { mean: number; stddev: number } {
  return { mean: numberOf(config, 'mean', 0), stddev: numberOf(config, 'stddev', 0.05) };
}

function scalingOptions(config: Config): VarianceScalingOptions {
  const modes = { fan_in: 'fanIn', fan_out: 'fanOut', fan_avg: 'fanAvg' } as const;
  const distributions = {
    truncated_normal: 'truncatedNormal',
    normal: 'truncatedNormal',
    untruncated_normal: 'untruncatedNormal',
    uniform: 'uniform',
  } as const;
  return {
    scale: numberOf(config, 'scale', 1),
    mode: modes[config['mode'] as keyof typeof modes] ?? 'fanIn',
    distribution: distributions[config['distribution'] as keyof typeof distributions] ?? 'truncatedNormal',
  };
}

function simple(
  className: string,
  config: Config,
  fill: (numbers: Float32Array, random: Random) => void,
): Initializer {
  return {
    className,
    draw(shape, random) {
      const numbers = new Float32Array(computeSize(shape));
      fill(numbers, random);
      return numbers;
    },
    getConfig: () => config,
  };
}

function scaling(
  className: string,
  options: Required<VarianceScalingOptions>,
  getConfig: () => Config = () => ({ seed: null }),
): Initializer {
  return {
    className,
    draw(shape, random) {
      const numbers = new Float32Array(computeSize(shape));
      const fans = fansOf(shape);
      const count = { fanIn: fans.in, fanOut: fans.out, fanAvg: (fans.in + fans.out) / 2 }[options.mode];
      const variance = options.scale / Math.max(1, count);
      if (options.distribution === 'uniform') {
        const limit = Math.sqrt(3 * variance);
        fillUniform(numbers, -limit, limit, random);
      } else if (options.distribution === 'truncatedNormal') {
        fillTruncated(numbers, 0, Math.sqrt(variance) / TRUNCATED_DEVIATION, random);
      } else {
        const deviation = Math.sqrt(variance);
        for (let i = 0; i < numbers.length; i++) numbers[i] = deviation * random.normal();
      }
      return numbers;
    },
    getConfig,
  };
}

/** Inputs and outputs of one unit; a convolution's receptive field counts for both, as in Keras. */
function fansOf(shape: readonly number[]): { in: number; out: number } {
  if (shape.length === 0) return { in: 1, out: 1 };
  if (shape.length === 1) return { in: shape[0]!, out: shape[0]! };
  const receptiveField = computeSize(shape.slice(0, -2));
  return { in: shape.at(-2)! * receptiveField, out: shape.at(-1)! * receptiveField };
}

function fillUniform(numbers: Float32Array, low: number, high: number, random: Random): void {
  const width = high - low;
  for (let i = 0; i < numbers.length; i++) numbers[i] = low + width * random.uniform();
}

function fillTruncated(numbers: Float32Array, mean: number, deviation: number, random: Random): void {
  for (let i = 0; i < numbers.length; i++) {
    let drawn = random.normal();
    while (Math.abs(drawn) > 2) drawn = random.normal();
    numbers[i] = mean + deviation * drawn;
  }
}
