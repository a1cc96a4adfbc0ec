/** @file Learning-rate schedules as functions of the step, by Keras' formulas; one-cycle by PyTorch's. */

import { requireSchedule, scheduleError } from './schedule-checks.ts';
import type {
  CosineRestartsSchedule,
  OneCycleSchedule,
  PiecewiseSchedule,
  PolynomialSchedule,
  ScheduleRun,
  ScheduleSpec,
  Span,
} from './schedule-spec.ts';
import { splitWarmup, stepsOf } from './span.ts';

const WHOLE: Span = { fraction: 1 };

/** From the step, counted from 0 over the whole run, to the rate of its update. */
export type Schedule = (step: number) => number;

/**
 * Makes the schedule of a run. During a warm-up the rate rises in a straight line; the step after it is the
 * schedule's step 0, and fractions of the run are fractions of what is left. After its end, a decay stays where it ended.
 *
 * @throws {GraftError} `argument`, if a number is out of its range, or boundaries do not rise.
 */
export function createSchedule(spec: ScheduleSpec, run: ScheduleRun): Schedule {
  requireSchedule(spec);
  const { warmup, rest } = splitWarmup(spec, run);
  const scheduled = scheduleAfter(spec, rest);
  if (spec.type === 'one-cycle' || warmup === 0) return scheduled;
  const top = run.learningRate;
  const bottom = top * (spec.warmupFrom ?? 0);
  return (step) => (step < warmup ? (top - bottom) * (step / warmup) + bottom : scheduled(step - warmup));
}

/** @param run - What the warm-up leaves. */
function scheduleAfter(spec: ScheduleSpec, run: ScheduleRun): Schedule {
  const { learningRate: rate } = run;
  switch (spec.type) {
    case 'constant':
      return () => rate;
    case 'step': {
      const { factor = 0.1 } = spec;
      const every = stepsOf(spec.every, run);
      return (step) => rate * factor ** Math.floor(step / every);
    }
    case 'piecewise':
      return piecewise(spec, run);
    case 'exponential': {
      const { decayRate = 0.1, staircase = false } = spec;
      const decay = stepsOf(spec.decay ?? WHOLE, run);
      return (step) => rate * decayRate ** (staircase ? Math.floor(step / decay) : step / decay);
    }
    case 'inverse-time': {
      const { decayRate = 1, staircase = false } = spec;
      const decay = stepsOf(spec.decay ?? WHOLE, run);
      return (step) => rate / (1 + decayRate * (staircase ? Math.floor(step / decay) : step / decay));
    }
    case 'polynomial':
      return polynomial(spec, rate, stepsOf(spec.decay ?? WHOLE, run));
    case 'cosine': {
      const decay = stepsOf(spec.decay ?? WHOLE, run);
      const { alpha = 0 } = spec;
      return (step) => rate * ((1 - alpha) * cosine(Math.min(step, decay) / decay) + alpha);
    }
    case 'cosine-restarts':
      return cosineRestarts(spec, rate, stepsOf(spec.firstDecay, run));
    case 'one-cycle':
      return oneCycle(spec, run);
  }
}

function piecewise(spec: PiecewiseSchedule, run: ScheduleRun): Schedule {
  const boundaries = spec.boundaries.map((boundary) => stepsOf(boundary, run));
  if (boundaries.some((boundary, i) => boundary <= (boundaries[i - 1] ?? 0))) {
    throw scheduleError(spec, 'boundaries that rise', `steps ${boundaries.join(', ')}`);
  }
  return (step) => {
    const index = boundaries.findIndex((boundary) => step <= boundary);
    return run.learningRate * spec.factors.at(index)!;
  };
}

function polynomial(spec: PolynomialSchedule, rate: number, decay: number): Schedule {
  const { alpha = 0, power = 1, cycle = false } = spec;
  const end = alpha * rate;
  return (step) => {
    const length = cycle ? decay * Math.max(1, Math.ceil(step / decay)) : decay;
    return (rate - end) * (1 - Math.min(step, length) / length) ** power + end;
  };
}

/** From 1 to 0, as `fraction` goes from 0 to 1. */
function cosine(fraction: number): number {
  return (1 + Math.cos(Math.PI * fraction)) / 2;
}

function cosineRestarts(spec: CosineRestartsSchedule, rate: number, first: number): Schedule {
  const { tMul = 2, mMul = 1, alpha = 0 } = spec;
  return (step) => {
    let [begin, length, top] = [0, first, 1];
    while (step >= begin + length) {
      begin += length;
      length *= tMul;
      top *= mMul;
    }
    return rate * ((1 - alpha) * top * cosine((step - begin) / length) + alpha);
  };
}

function oneCycle(spec: OneCycleSchedule, run: ScheduleRun): Schedule {
  const { maxLearningRate: top = run.learningRate, pctStart = 0.3, threePhase = false } = spec;
  const { annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4 } = spec;
  const start = top / divFactor;
  const end = start / finalDivFactor;
  const last = run.totalSteps - 1;
  const up = pctStart * run.totalSteps - 1;
  const phases = [
    { end: up, from: start, to: top },
    ...(threePhase ? [{ end: 2 * up, from: top, to: start }] : []),
    { end: last, from: threePhase ? start : top, to: end },
  ];
  return (step) => {
    const index = phases.findIndex((each) => step <= each.end);
    const phase = phases.at(index)!;
    const begin = phases[phases.indexOf(phase) - 1]?.end ?? 0;
    const fraction = phase.end === begin ? 1 : (Math.min(step, last) - begin) / (phase.end - begin);
    return annealStrategy === 'linear'
      ? (phase.to - phase.from) * fraction + phase.from
      : phase.to + (phase.from - phase.to) * cosine(fraction);
  };
}
