/** @file Checks of a schedule's numbers, and of its fit to a run. */

import { GraftError } from '../../errors/graft-error.ts';
import type { ScheduleRun, ScheduleSpec, Span } from './schedule-spec.ts';
import { splitWarmup, stepsOf } from './span.ts';

/**
 * Tells of a schedule that is cut off: the run ends in its warm-up, before the first of its steps down, before the
 * last of its boundaries, or before its decay (of cosine restarts, the first one) is over.
 *
 * @returns The fewest steps that a run needs; undefined where this one is long enough, as always for schedules that
 *   have no end (constant, exponential, inverse-time) and for those that follow the run's length.
 * @throws {GraftError} As {@link requireSchedule}.
 */
export function unreachedEnd(spec: ScheduleSpec, run: ScheduleRun): { readonly needed: number } | undefined {
  requireSchedule(spec);
  if (isReached(spec, run, run.totalSteps)) return undefined;
  // Fractions grow with the run, but more slowly than it does.
  let [short, needed] = [run.totalSteps, 2 * run.totalSteps];
  while (!isReached(spec, run, needed) && Number.isSafeInteger(needed))
    [short, needed] = [needed, 2 * needed];
  while (needed - short > 1) {
    const middle = Math.floor((short + needed) / 2);
    if (isReached(spec, run, middle)) needed = middle;
    else short = middle;
  }
  return { needed };
}

/** Whether the schedule comes to its end in a run of so many steps. */
function isReached(spec: ScheduleSpec, run: ScheduleRun, totalSteps: number): boolean {
  const { warmup, rest } = splitWarmup(spec, { ...run, totalSteps });
  return warmup + stepsAfterWarmup(spec, rest) <= totalSteps;
}

function stepsAfterWarmup(spec: ScheduleSpec, run: ScheduleRun): number {
  switch (spec.type) {
    case 'constant':
    case 'exponential':
    case 'inverse-time':
    case 'one-cycle':
      return 1;
    // A rate that falls after so many steps is first that of the step behind them.
    case 'step':
      return stepsOf(spec.every, run) + 1;
    case 'piecewise':
      return Math.max(...spec.boundaries.map((boundary) => stepsOf(boundary, run))) + 2;
    case 'polynomial':
    case 'cosine':
      return spec.decay === undefined ? 1 : stepsOf(spec.decay, run);
    case 'cosine-restarts':
      return stepsOf(spec.firstDecay, run);
  }
}

/** What a number of a schedule may be. */
interface Range {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

const POSITIVE: Range = { expected: 'above 0', holds: (value) => value > 0 };
const NOT_NEGATIVE: Range = { expected: 'of at least 0', holds: (value) => value >= 0 };
const FRACTION: Range = { expected: 'from 0 to 1', holds: (value) => value >= 0 && value <= 1 };
const AT_LEAST_1: Range = { expected: 'of at least 1', holds: (value) => value >= 1 };

const RANGES: Readonly<Record<string, Range>> = {
  factor: POSITIVE,
  decayRate: POSITIVE,
  power: POSITIVE,
  tMul: AT_LEAST_1,
  mMul: POSITIVE,
  alpha: NOT_NEGATIVE,
  warmupFrom: NOT_NEGATIVE,
  maxLearningRate: POSITIVE,
  pctStart: FRACTION,
  divFactor: POSITIVE,
  finalDivFactor: POSITIVE,
};

/** @throws {GraftError} `argument`, if a number of the schedule is out of its range. */
export function requireSchedule(spec: ScheduleSpec): void {
  for (const [name, value] of Object.entries(spec) as [string, unknown][]) {
    const range = RANGES[name];
    if (typeof value === 'number' && range !== undefined && !(range.holds(value) && Number.isFinite(value))) {
      throw scheduleError(spec, `${name} ${range.expected}`, String(value));
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      requireSpan(spec, name, value as Span);
    }
  }
  if (spec.type === 'piecewise') requirePieces(spec, spec.boundaries, spec.factors);
  if (spec.type === 'one-cycle' && spec.threePhase === true && (spec.pctStart ?? 0.3) > 0.5) {
    throw scheduleError(spec, 'pctStart of at most 0.5 with threePhase', `${spec.pctStart}`);
  }
}

function requirePieces(spec: ScheduleSpec, boundaries: readonly Span[], factors: readonly number[]): void {
  if (factors.length !== boundaries.length + 1 || boundaries.length === 0) {
    throw scheduleError(
      spec,
      'boundaries, and one factor more',
      `${boundaries.length} boundaries and ${factors.length} factors`,
    );
  }
  for (const boundary of boundaries) requireSpan(spec, 'boundaries', boundary);
  const bad = factors.find((factor) => !(factor > 0 && Number.isFinite(factor)));
  if (bad !== undefined) throw scheduleError(spec, 'factors above 0', `${bad}`);
}

/** What has to be followed by a step at least: none of it is ever the whole run. */
const FOLLOWED: ReadonlySet<string> = new Set(['warmup', 'every', 'boundaries']);
/** More than that leaves a step in runs of thousands of steps alone. */
const MAX_FRACTION_FOLLOWED = 0.999;

function requireSpan(spec: ScheduleSpec, name: string, span: Span): void {
  const [[unit, length] = ['', 0]] = Object.entries(span) as [string, number][];
  const max = FOLLOWED.has(name) ? MAX_FRACTION_FOLLOWED : 1;
  const holds =
    unit === 'fraction'
      ? length > 0 && length <= max
      : length > 0 && (unit === 'epochs' || Number.isInteger(length));
  if (holds && Number.isFinite(length)) return;
  const expected = { fraction: `a fraction of the run above 0, up to ${max}`, epochs: 'epochs above 0' }[
    unit
  ];
  throw scheduleError(spec, `${name}: ${expected ?? 'a whole number of steps'}`, `${length}`);
}

export function scheduleError(spec: ScheduleSpec, expected: string, received: string): GraftError {
  return new GraftError('argument', {
    where: `schedule "${spec.type}"`,
    expected,
    received,
    advice: 'Correct it, or leave it out for the default.',
  });
}
