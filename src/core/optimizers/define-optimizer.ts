/** @file Makes an optimizer of its description: a table of settings, slots, and one update as operators. */

import { GraftError } from '../errors/graft-error.ts';
import type { Ops } from '../graph/ops.ts';
import type { DenseUpdate } from './dense-update.ts';
import { type LearningRate, rateSettings } from './learning-rate.ts';
import type { Optimizer, UpdateInputs, UpdateOutputs } from './optimizer.ts';
import { type Range, requireInRange } from './ranges.ts';
import { type OptimizerOptions, settingsOf } from './settings.ts';

/** A hyperparameter of a formula: a number with its range, or a switch. */
export type Setting = (Range & { readonly default: number }) | { readonly default: boolean };

/** Hyperparameters by name. */
export type SettingsTable = Readonly<Record<string, Setting>>;

/** The hyperparameters of a table, each with a value. */
export type SettingValues<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K]['default'] extends boolean ? boolean : number;
};

/** What the factories of all optimizers take. */
export interface CommonOptions extends OptimizerOptions {
  /** Default: the optimizer's own. */
  readonly learningRate?: LearningRate | undefined;
}

/** What the factory of an optimizer takes: the settings of its table, the rate, and what every optimizer can do. */
export type OptionsOf<T extends SettingsTable> = {
  readonly [K in keyof T]?: SettingValues<T>[K] | undefined;
} & CommonOptions;

/** All that Graft knows of an optimizer. A new one is a file with this and a row in `optimizers.ts`. */
export interface OptimizerDescriptor<T extends SettingsTable, S extends string = string> {
  /** Keras' class name, if Keras has it. A recipe calls it by the same name in small letters. */
  readonly className: string;
  /** Address of the paper. */
  readonly paper: string;
  /** Where none is given. */
  readonly learningRate: number;
  /** Whether its step does not grow with the gradient, as SGD's does: it then bears only lower rates. */
  readonly adaptive: boolean;
  /** The formula's hyperparameters, in Keras' order. */
  readonly settings: T;
  /** What a recipe sets otherwise than the table. */
  readonly inRecipes?: Partial<SettingValues<T>> | undefined;
  /** Where none is given. Default 0; given here, it is one of the formula's hyperparameters. */
  readonly weightDecay?: number | undefined;
  /** What the formula keeps per weight, in order: always, or as the settings want it. */
  readonly slots: Readonly<Record<S, true | ((settings: SettingValues<T>) => boolean)>>;
  /** Whether even the smallest number of a slot matters, as where only its sign does. Default: below an epsilon of 1e-7. */
  readonly keepsSmallSlots?: boolean | undefined;
  /**
   * Emits one update.
   *
   * @param inputs - All float32; `weight` after weight decay, `gradient` after clipping.
   * @returns The weight and every slot after the update.
   */
  readonly update: (ops: Ops, inputs: UpdateInputs<S>, settings: SettingValues<T>) => UpdateOutputs<S>;
  /** How the dense kernel computes it. Default: it does not, and heads of Dense layers are trained as a graph. */
  readonly dense?: ((settings: SettingValues<T>, weightDecay: number) => DenseUpdate) | undefined;
}

/** Makes optimizers of one kind. */
export interface OptimizerFactory<T extends SettingsTable, S extends string> {
  /** @throws {GraftError} `argument`, if an option is out of its range. */
  (options?: OptionsOf<T>): Optimizer;
  readonly descriptor: OptimizerDescriptor<T, S>;
}

/** Below this, an epsilon beside a slot's smallest numbers is not all that counts. */
const MIN_EPSILON = 1e-7;

/**
 * Makes the factory of an optimizer:
 *
 * ```ts
 * const signSgd = defineOptimizer({
 *   className: 'SignSGD', paper: 'https://arxiv.org/abs/1802.04434', learningRate: 1e-4, adaptive: true,
 *   settings: { momentum: { default: 0.9, min: 0, below: 1 } }, slots: { momentum: true },
 *   update(ops, { weight, gradient, slots, learningRate }, { momentum }) {
 *     const mean = ops.add(ops.mul(slots.momentum, momentum), ops.mul(gradient, 1 - momentum));
 *     return { weight: ops.sub(weight, ops.mul(ops.sign(mean), learningRate)), slots: { momentum: mean } };
 *   },
 * });
 * model.compile({ optimizer: signSgd({ learningRate: 3e-5 }), loss: 'binary_crossentropy' });
 * ```
 */
export function defineOptimizer<const T extends SettingsTable, S extends string>(
  descriptor: OptimizerDescriptor<T, S>,
): OptimizerFactory<T, S> {
  return Object.assign((options: OptionsOf<T> = {}) => createOptimizer(descriptor, options), { descriptor });
}

function createOptimizer<T extends SettingsTable, S extends string>(
  descriptor: OptimizerDescriptor<T, S>,
  options: OptionsOf<T>,
): Optimizer {
  const { className, slots, update, dense } = descriptor;
  const common = settingsOf(className, {
    ...options,
    weightDecay: options.weightDecay ?? descriptor.weightDecay ?? 0,
  });
  const settings = readSettings(descriptor, options);
  const names = (Object.keys(slots) as S[]).filter((name) => {
    const slot = slots[name];
    return slot === true || slot(settings);
  });
  const config = settings as Readonly<Record<string, number | boolean>>;
  const { epsilon } = config;
  return {
    ...common,
    className,
    ...rateSettings(className, options.learningRate ?? descriptor.learningRate),
    slots: names,
    config: descriptor.weightDecay === undefined ? config : { weightDecay: common.weightDecay, ...config },
    keepsSmallSlots: descriptor.keepsSmallSlots ?? (typeof epsilon === 'number' && epsilon < MIN_EPSILON),
    dense: dense?.(settings, common.weightDecay),
    update: (ops, inputs) => update(ops, inputs as UpdateInputs<S>, settings),
  };
}

function readSettings<T extends SettingsTable>(
  { className, settings }: Pick<OptimizerDescriptor<T>, 'className' | 'settings'>,
  options: Readonly<Record<string, unknown>>,
): SettingValues<T> {
  const values = Object.entries(settings).map(([name, setting]) => {
    const value = options[name] ?? setting.default;
    if (typeof setting.default === 'number') {
      requireInRange(className, { [name]: value as number }, setting as Range);
    } else if (typeof value !== 'boolean') {
      throw new GraftError('argument', {
        where: `optimizer ${className}`,
        expected: `${name} to be true or false`,
        received: String(value),
        advice: 'Correct it, or leave it out for the default.',
      });
    }
    return [name, value] as const;
  });
  return Object.fromEntries(values) as SettingValues<T>;
}
