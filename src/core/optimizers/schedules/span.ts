/** @file Lengths of time in a run, as steps. */

import type { ScheduleRun, ScheduleSpec, Span } from './schedule-spec.ts';

/** A length in steps, at least 1; a fraction is one of the run's steps. */
export function stepsOf(span: Span, { totalSteps, stepsPerEpoch }: ScheduleRun): number {
  const steps =
    'steps' in span
      ? span.steps
      : 'epochs' in span
        ? span.epochs * stepsPerEpoch
        : span.fraction * totalSteps;
  return Math.max(1, Math.round(steps));
}

/**
 * A run in two: the steps of the warm-up, 0 for none, and the run that is left behind it, of at least one step. All
 * other lengths of a schedule belong to that rest: half of it is over in the middle between warm-up and end.
 */
export function splitWarmup(
  spec: ScheduleSpec,
  run: ScheduleRun,
): { readonly warmup: number; readonly rest: ScheduleRun } {
  const warmup = spec.type === 'one-cycle' || spec.warmup === undefined ? 0 : stepsOf(spec.warmup, run);
  return { warmup, rest: { ...run, totalSteps: Math.max(1, run.totalSteps - warmup) } };
}
