/** @file What a trainer is told of its model and examples, and what of the training itself. */

import type { TrainingFeatures, TrainingFeaturesOptions } from '../core/features/training-features.ts';
import type { FitOptions } from '../core/fit/fit-options.ts';
import type { MetricOption } from '../core/fit/metric-names.ts';
import type { LinearHead } from '../core/fit/solver/linear-head.ts';
import type { Loss } from '../core/losses/loss.ts';
import type { Optimizer } from '../core/optimizers/optimizer.ts';
import type { ScheduleSpec } from '../core/optimizers/schedules/schedule-spec.ts';
import type { SplitOptions, TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { RateMultipliers } from '../core/steps/rate-multipliers.ts';
import type { Task } from '../recipe/task.ts';

export interface TrainerOptions extends TrainingFeaturesOptions, SplitOptions {
  /** What is learned of the examples. Default `DEFAULT_TASK`; for all else they have targets. */
  readonly task?: Task | undefined;
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly MetricOption[];
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** Whose features are taken where the freeze boundary is the same, and whose hashes else. */
  readonly after?:
    | { readonly part: Pick<TrainedPart, 'boundary'>; readonly features: TrainingFeatures }
    | undefined;
  /** Whether the frozen network stays in memory while it trains, since it is asked again afterwards. Default false. */
  readonly keepsNetwork?: boolean | undefined;
  /** Examples through the frozen part so far, of those that this stage takes: `epoch` 0 stands before training. */
  readonly onFeatures?: ((done: number, total: number, epoch: number) => void) | undefined;
}

/** What one may say of the training itself. */
export type TrainOptions = Pick<
  FitOptions,
  'epochs' | 'callbacks' | 'classWeights' | 'order' | 'mix' | 'averages' | 'onStep' | 'checkpoints' | 'resume'
> & {
  /** Solves the linear head that is trained, in the place of epochs. Default: epochs. */
  readonly solver?: { readonly head: LinearHead; readonly l2: number | undefined } | undefined;
  /** How the rate changes. Default: it stays the optimizer's. */
  readonly schedule?: ScheduleSpec | undefined;
  readonly rateMultipliers?: RateMultipliers | undefined;
};
