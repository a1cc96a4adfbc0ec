/** @file Regression: one value or several for an image. */

import { type RegressionReport, regressionReport } from '../../core/evaluation/regression-report.ts';
import { predictAll } from '../../core/fit/measure.ts';
import type { Loss } from '../../core/losses/loss.ts';
import { losses } from '../../core/losses/losses.ts';
import { targetsOfSamples } from './targets-of-samples.ts';
import type { TaskDefinition } from './task-definition.ts';

/** Of a model of regression. */
export interface ValuesPrediction {
  /** By name, in the units that the model was trained with. */
  readonly values: Readonly<Record<string, number>>;
}

export type RegressionLoss = 'mse' | 'mae' | 'huber';

const LOSSES: Readonly<Record<RegressionLoss, () => Loss>> = {
  mse: losses.meanSquaredError,
  mae: losses.meanAbsoluteError,
  huber: losses.huber,
};

/** A linear output for each value. Values are standardized while they are learned, whatever their unit. */
export const regression: TaskDefinition<'regression', RegressionReport, ValuesPrediction, RegressionLoss> = {
  name: 'regression',
  aliases: [],
  targets: 'values',
  standardizesTargets: true,
  words: {
    one: 'value',
    several: 'values',
    gives: 'values (regression)',
    model: 'a regression',
    exported: () => 'values, in the order of labels',
  },
  huggingFace: {
    problemType: 'regression',
    // There is none of values.
    pipelines: { image: 'image-feature-extraction', text: 'text-classification' },
  },
  output: { name: 'predictions', formerNames: ['numbers'], kind: 'features', isProbability: false },
  columns: [],
  metrics: ['mae', 'r2_score'],
  losses: Object.keys(LOSSES) as RegressionLoss[],
  accepts: { balance: false, labelSmoothing: false, threshold: false },
  head: (names) => ({ units: names, activation: 'linear' }),
  loss: (_, { loss }) => LOSSES[loss ?? 'mse'](),
  async evaluate(step, set, { names, scale, runtime }) {
    const inUnits = (values: Float32Array): Float32Array => scale?.inUnits(values) ?? values;
    const outputs = await predictAll(step, set, { runtime });
    const targets = set.targets?.values ?? new Float32Array(0);
    return {
      metrics: regressionReport(inUnits(outputs), inUnits(targets), names),
      right: new Uint8Array(0),
    };
  },
  measure: (outputs, samples, { names }) =>
    regressionReport(outputs, targetsOfSamples(samples, names.length), names),
  predict: (outputs, { names }) => ({
    values: Object.fromEntries(names.map((name, index) => [name, outputs[index]!])),
  }),
};
