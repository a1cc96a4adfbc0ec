/** @file An optimizer's learning rate: a number, or a schedule. */

import { requireInRange } from './ranges.ts';
import type { ScheduleSpec } from './schedules/schedule-spec.ts';
import type { LearningRateSchedule } from './schedules/schedules.ts';

/** A rate for all steps, or one that changes, see `schedules`. */
export type LearningRate = number | LearningRateSchedule;

/** What an optimizer keeps of its rate. */
export interface RateSettings {
  /** The highest or first one of a schedule. */
  readonly learningRate: number;
  /** Absent where the rate stays. */
  readonly schedule?: ScheduleSpec;
}

/** @throws {GraftError} `argument`, if a number is below 0. */
export function rateSettings(className: string, rate: LearningRate): RateSettings {
  if (typeof rate !== 'number') return { learningRate: rate.learningRate, schedule: rate.spec };
  requireInRange(className, { learningRate: rate }, { min: 0 });
  return { learningRate: rate };
}
