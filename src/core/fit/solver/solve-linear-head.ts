/**
 * @file Trains a linear layer on features that do not change by solving for the weights at which its loss is least: logistic
 * regression, multinomial, binary or of many labels, and ridge regression. Where epochs come near in hundreds of steps, this is there
 * after some tens of passes, and the result depends on no rate, batch or order.
 */

import type { FeatureSet } from '../../features/feature-set.ts';
import type { Loss } from '../../losses/loss.ts';
import { platform } from '../../runtime/platform.ts';
import type { TrainingStep } from '../../steps/training-step.ts';
import type { FitOptions } from '../fit-options.ts';
import { FitRun } from '../fit-run.ts';
import type { EpochRecord, History } from '../history.ts';
import { measure } from '../measure.ts';
import { chooseL2 } from './choose-l2.ts';
import { Lbfgs } from './lbfgs.ts';
import type { LinearHead } from './linear-head.ts';
import { evaluateLinear, inOriginalUnits, type LinearData } from './linear-objective.ts';
import { createLinearProducts } from './linear-products.ts';
import { LinearRows } from './linear-rows.ts';

export interface SolveOptions
  extends Pick<
    FitOptions,
    | 'epochs'
    | 'metrics'
    | 'callbacks'
    | 'classWeights'
    | 'random'
    | 'signal'
    | 'onStep'
    | 'runtime'
    | 'reused'
  > {
  /** Strength of the penalty `l2 / 2 * sum(kernel^2)` on standardized features, >= 0. Default: chosen by folds. */
  readonly l2?: number | undefined;
  readonly threads?: number | undefined;
}

/** Of the mean loss, for features of mean 0 and variance 1: as in scikit-learn. */
const GRADIENT_TOLERANCE = 1e-4;
/** Columns of five folds side by side: what a piece of rows is cut by. */
const FOLDS = 5;

/**
 * Solves, and hands the weights to the step. Each iteration of L-BFGS is an epoch of the history; at the end stands the optimum, whatever a
 * callback takes for the best.
 *
 * @param step - Of the head alone.
 * @param train - Of one tensor of float32.
 * @throws {GraftError} `not-a-number`, if the features or the loss are not finite.
 */
export async function solveLinearHead(
  step: TrainingStep,
  head: LinearHead,
  loss: Loss,
  train: FeatureSet,
  validation: FeatureSet | undefined,
  options: SolveOptions,
): Promise<History> {
  const { epochs, signal, onStep, random, classWeights, threads, runtime = platform } = options;
  const rows = new LinearRows(train, FOLDS * head.units);
  const run = new FitRun(step, loss, { ...options, batchSize: train.size, learningRate: 1 });
  const records: EpochRecord[] = [];
  const history = (ended: History['ended']): History => ({ epochs: records, ended });
  const products = await createLinearProducts(rows.width, { threads, runtime });
  const turn = async (): Promise<void> => {
    await runtime.nextTurn();
    signal?.throwIfAborted();
  };
  for (const callback of run.callbacks) await callback.onTrainBegin?.(run);
  let result: History;
  try {
    const scale = await rows.scale();
    const data: LinearData = { rows, scale, loss, outputs: head.units, classWeights };
    const l2 = options.l2 ?? (await chooseL2(data, products, random.fork('l2'), turn)).l2;
    const solver = new Lbfgs(new Float64Array((rows.width + 1) * head.units), {
      gradientTolerance: GRADIENT_TOLERANCE,
      maxIterations: epochs,
    });
    let started = performance.now();
    while (solver.ended === undefined && !run.stopping) {
      await turn();
      for (const metric of run.metrics) metric.reset();
      const [found] = await evaluateLinear(
        data,
        products,
        [{ l2 }],
        [solver.trial],
        (logits, targets, count) => {
          for (const metric of run.metrics) metric.update(logits, targets, count);
        },
      );
      const epoch = records.length + 1;
      await run.requireFinite(found!.value, 'loss', `iteration ${epoch}`);
      const isBeginning = solver.value === Number.POSITIVE_INFINITY;
      if (!solver.tell(found!.value, found!.gradient) || isBeginning) continue;
      const logs: Record<string, number> = { loss: found!.loss };
      for (const metric of run.metrics) logs[metric.name] = metric.result();
      await writeWeights(step, head, inOriginalUnits(solver.point, scale, head.units), epoch);
      onStep?.({ epoch, epochs, step: 1, steps: 1, loss: found!.loss });
      if (validation !== undefined) {
        const measured = await measure(step, loss, validation, run.metrics, options);
        for (const [name, value] of Object.entries(measured)) logs[`val_${name}`] = value;
      }
      const record = { epoch, logs: { ...logs, l2 }, seconds: (performance.now() - started) / 1000 };
      started = performance.now();
      records.push(record);
      for (const callback of run.callbacks) await callback.onEpochEnd?.(record, run);
    }
    result = history(run.stopping ? 'stopped' : 'epochs');
  } catch (error) {
    if (!signal?.aborted) throw error;
    result = history('interrupted');
  } finally {
    await products.dispose();
  }
  for (const callback of run.callbacks) await callback.onTrainEnd?.(result, run);
  return result;
}

function writeWeights(
  step: TrainingStep,
  { name }: LinearHead,
  { kernel, bias }: { readonly kernel: Float32Array; readonly bias: Float32Array },
  iteration: number,
): Promise<void> {
  const weights = new Map([
    [`${name}/kernel`, kernel],
    [`${name}/bias`, bias],
  ]);
  return step.writeState({ iteration, weights, slots: new Map() });
}
