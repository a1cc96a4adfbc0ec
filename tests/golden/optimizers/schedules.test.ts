/** @file Learning rates follow Keras' schedules, and PyTorch's one-cycle, step by step. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createSchedule } from '../../../src/core/optimizers/schedules/schedule.ts';
import type { ScheduleSpec } from '../../../src/core/optimizers/schedules/schedule-spec.ts';
import { schedules } from '../../../src/core/optimizers/schedules/schedules.ts';
import type { Tolerance } from '../../support/matchers.ts';

const { cases, factories, tolerance, ...run } = JSON.parse(
  readFileSync(new URL('schedules.json', import.meta.url), 'utf8'),
) as {
  readonly tolerance: Tolerance;
  readonly learningRate: number;
  readonly totalSteps: number;
  readonly factories: readonly {
    readonly name: Exclude<keyof typeof schedules, 'parse'>;
    readonly options: Readonly<Record<string, number>>;
    readonly rates: readonly number[];
  }[];
  readonly cases: readonly { readonly spec: ScheduleSpec; readonly rates: readonly number[] }[];
};

it.each(cases.map(({ spec, rates }) => [JSON.stringify(spec), spec, rates] as const))(
  '%s',
  (_, spec, rates) => {
    const schedule = createSchedule(spec, { ...run, stepsPerEpoch: 10 });
    expect(rates.map((_, step) => schedule(step))).toBeAllClose(rates, tolerance);
  },
);

it.each(factories.map(({ name, options, rates }) => [name, JSON.stringify(options), options, rates] as const))(
  "%s of Keras' options %s",
  (name, _, options, rates) => {
    const { learningRate, spec } = schedules[name](options as never);
    const schedule = createSchedule(spec, { learningRate, totalSteps: run.totalSteps, stepsPerEpoch: 10 });
    expect(rates.map((_, step) => schedule(step))).toBeAllClose(rates, tolerance);
  },
);
