import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import { createSchedule } from './schedule.ts';
import { unreachedEnd } from './schedule-checks.ts';
import type { ScheduleSpec } from './schedule-spec.ts';
import { parseSchedule } from './schedule-text.ts';
import { schedules } from './schedules.ts';

const RUN = { learningRate: 0.1, totalSteps: 100, stepsPerEpoch: 10 };

/** One of each type, with nothing but what must be there. */
const PLAIN: readonly ScheduleSpec[] = [
  { type: 'constant' },
  { type: 'step', every: { epochs: 3 } },
  { type: 'piecewise', boundaries: [{ fraction: 0.5 }], factors: [1, 0.1] },
  { type: 'exponential' },
  { type: 'inverse-time' },
  { type: 'polynomial' },
  { type: 'cosine' },
  { type: 'cosine-restarts', firstDecay: { steps: 20 } },
  { type: 'one-cycle' },
];

describe('createSchedule', () => {
  it('keeps a rate that is constant, and lowers one in steps', () => {
    expect(createSchedule({ type: 'constant' }, RUN)(77)).toBe(0.1);
    const step = createSchedule({ type: 'step', every: { epochs: 3 }, factor: 0.5 }, RUN);
    expect([0, 29, 30, 59, 60, 99].map(step)).toEqual([0.1, 0.1, 0.05, 0.05, 0.025, 0.0125]);
  });

  it('puts a warm-up in front of any but one-cycle, which begins where it ends', () => {
    for (const spec of PLAIN.filter(({ type }) => type !== 'one-cycle')) {
      const warm = createSchedule({ ...spec, warmup: { epochs: 2 }, warmupFrom: 0.1 } as ScheduleSpec, RUN);
      expect([0, 10, 20].map(warm)).toBeAllClose([0.01, 0.055, 0.1], { atol: 1e-12, rtol: 0 });
      const rest = createSchedule(spec, { ...RUN, totalSteps: 80 });
      for (let step = 0; step <= 100; step++) expect(warm(20 + step)).toBe(rest(step));
    }
  });

  it('decays over the run, and stays where it ended', () => {
    for (const type of ['polynomial', 'cosine'] as const) {
      const rate = createSchedule({ type, alpha: 0.02, warmup: { fraction: 0.1 } }, RUN);
      expect([100, 150].map(rate)).toBeAllClose([0.002, 0.002], { atol: 1e-12, rtol: 0 });
      expect(rate(99)).toBeGreaterThan(0.002);
    }
    const oneCycle = createSchedule({ type: 'one-cycle' }, RUN);
    expect([99, 150].map(oneCycle)).toBeAllClose([4e-7, 4e-7], { atol: 1e-15, rtol: 1e-9 });
  });

  it('gives finite rates, none below 0 and none above the highest, for every length of run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.constantFrom(...PLAIN), (totalSteps, spec) => {
        const rate = createSchedule(spec, { ...RUN, totalSteps });
        for (let step = 0; step <= totalSteps; step++) {
          expect(rate(step)).toBeGreaterThanOrEqual(0);
          expect(rate(step)).toBeLessThanOrEqual(0.1 + 1e-12);
        }
      }),
    );
  });

  it.each<[ScheduleSpec, string]>([
    [{ type: 'cosine', alpha: -1 }, 'alpha of at least 0, received -1'],
    [{ type: 'step', every: { epochs: 3 }, factor: 0 }, 'factor above 0, received 0'],
    [{ type: 'step', every: { steps: 2.5 } }, 'every: a whole number of steps, received 2.5'],
    [
      { type: 'cosine', warmup: { fraction: 1.5 } },
      'warmup: a fraction of the run above 0, up to 0.999, received 1.5',
    ],
    // Nothing would come after it, however long the run is.
    [
      { type: 'step', every: { fraction: 1 } },
      'every: a fraction of the run above 0, up to 0.999, received 1',
    ],
    [
      { type: 'piecewise', boundaries: [{ fraction: 1 }], factors: [1, 0.5] },
      'boundaries: a fraction of the run above 0, up to 0.999, received 1',
    ],
    [
      { type: 'cosine', decay: { fraction: 1.1 } },
      'decay: a fraction of the run above 0, up to 1, received 1.1',
    ],
    [{ type: 'one-cycle', pctStart: 1.5 }, 'pctStart from 0 to 1, received 1.5'],
    [
      { type: 'one-cycle', pctStart: 0.7, threePhase: true },
      'pctStart of at most 0.5 with threePhase, received 0.7',
    ],
    [
      { type: 'piecewise', boundaries: [{ steps: 3 }], factors: [1] },
      'boundaries, and one factor more, received 1 boundaries and 1 factors',
    ],
    [
      { type: 'piecewise', boundaries: [{ steps: 3 }, { steps: 3 }], factors: [1, 2, 3] },
      'boundaries that rise, received steps 3, 3',
    ],
  ])('refuses %j', (spec, message) => {
    expect(() => createSchedule(spec, RUN)).toThrow(
      withMessage(
        `schedule "${spec.type}": expected ${message}. Correct it, or leave it out for the default.`,
      ),
    );
  });
});

describe('unreachedEnd', () => {
  it.each<[string, number | undefined]>([
    ['constant', undefined],
    ['cosine', undefined],
    ['one-cycle', undefined],
    ['exponential:decay=500', undefined],
    ['cosine:decay=100steps', undefined],
    ['cosine:decay=101steps', 101],
    ['cosine:decay=95%,warmup=0.1', undefined],
    ['cosine:decay=100%,warmup=0.1', undefined],
    ['cosine:decay=95steps,warmup=0.1', 106],
    ['step:every=90%,warmup=2', undefined],
    ['constant:warmup=99steps', undefined],
    ['constant:warmup=10', 101],
    ['polynomial:decay=12', 120],
    ['step:every=99steps', undefined],
    ['step:every=10', 101],
    ['piecewise:at=10steps/98steps,factors=1/0.5/0.1', undefined],
    ['piecewise:at=10steps/99steps,factors=1/0.5/0.1', 101],
    ['piecewise:at=50%/90%,factors=1/0.5/0.1,warmup=20steps', undefined],
    ['piecewise:at=99%,factors=1/0.5', 151],
    ['cosine-restarts:first=100%', undefined],
    ['cosine-restarts:first=11', 110],
  ])('%s: %s', (text, needed) => {
    const spec = parseSchedule(text);
    expect(unreachedEnd(spec, RUN)).toEqual(needed === undefined ? undefined : { needed });
  });

  it('tells as many steps as are enough, and no more', () => {
    const length = fc.oneof(
      fc.record({ steps: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ epochs: fc.constantFrom(0.5, 3, 20) }),
      fc.record({ fraction: fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100) }),
    );
    const spec = fc
      .record({ warmup: length, own: length })
      .chain(({ warmup, own }) =>
        fc.constantFrom<ScheduleSpec>(
          { type: 'constant', warmup },
          { type: 'step', every: own, warmup },
          { type: 'piecewise', boundaries: [own], factors: [1, 0.5], warmup },
          { type: 'polynomial', decay: own, warmup },
          { type: 'cosine', decay: own, warmup },
          { type: 'cosine', decay: own },
          { type: 'cosine-restarts', firstDecay: own, warmup },
        ),
      );
    fc.assert(
      fc.property(spec, fc.integer({ min: 1, max: 300 }), (each, totalSteps) => {
        const needed = unreachedEnd(each, { ...RUN, totalSteps })?.needed ?? totalSteps;
        expect(needed).toBeGreaterThanOrEqual(totalSteps);
        expect(unreachedEnd(each, { ...RUN, totalSteps: needed })).toBeUndefined();
        expect(unreachedEnd(each, { ...RUN, totalSteps: needed + 7 })).toBeUndefined();
        if (needed === totalSteps) return;
        expect(unreachedEnd(each, { ...RUN, totalSteps: needed - 1 })).toEqual({ needed });
      }),
    );
  });

  it('agrees with the rates: a step down that is not reached leaves the rate as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), (steps) => {
        const spec: ScheduleSpec = { type: 'step', every: { steps } };
        const rate = createSchedule(spec, RUN);
        expect(unreachedEnd(spec, RUN) === undefined).toBe(rate(RUN.totalSteps - 1) < 0.1);
      }),
    );
  });
});

describe('parseSchedule', () => {
  it.each<[string, ScheduleSpec]>([
    ['cosine', { type: 'cosine' }],
    [' cosine : warmup=0.1 , final=0.01', { type: 'cosine', warmup: { fraction: 0.1 }, alpha: 0.01 }],
    ['cosine:warmup=5%,from=0.5', { type: 'cosine', warmup: { fraction: 0.05 }, warmupFrom: 0.5 }],
    ['step:every=10,factor=0.5', { type: 'step', every: { epochs: 10 }, factor: 0.5 }],
    ['step:every=500steps', { type: 'step', every: { steps: 500 } }],
    ['step:every=0.5 epochs', { type: 'step', every: { epochs: 0.5 } }],
    [
      'piecewise:at=0.5/90%,factors=1/0.1/1e-2',
      { type: 'piecewise', boundaries: [{ fraction: 0.5 }, { fraction: 0.9 }], factors: [1, 0.1, 0.01] },
    ],
    [
      'exponential:factor=0.9,decay=1,staircase',
      {
        type: 'exponential',
        decayRate: 0.9,
        decay: { epochs: 1 },
        staircase: true,
      },
    ],
    ['polynomial:power=2,cycle', { type: 'polynomial', power: 2, cycle: true }],
    ['cosine-restarts:first=2,t-mul=1', { type: 'cosine-restarts', firstDecay: { epochs: 2 }, tMul: 1 }],
    [
      'one-cycle:max=1e-2,start=0.2,anneal=linear,three-phase',
      { type: 'one-cycle', maxLearningRate: 0.01, pctStart: 0.2, annealStrategy: 'linear', threePhase: true },
    ],
  ])('%s', (text, spec) => {
    expect(parseSchedule(text)).toEqual(spec);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(() => createSchedule(spec, RUN)).not.toThrow();
  });

  it.each([
    [
      'cosin',
      'schedule "cosin": expected one of constant, step, piecewise, exponential, inverse-time, polynomial, cosine, cosine-restarts, one-cycle, ' +
        'received "cosin". Did you mean "cosine"?',
    ],
    [
      'cosine:warmpu=0.1',
      'schedule "cosine:warmpu=0.1": expected settings among final, decay, warmup, from, received "warmpu=0.1". Did you mean "warmup"?',
    ],
    [
      'cosine:warmup=soon',
      'schedule "cosine:warmup=soon": expected a length (0.1 of the run, 3 epochs, 500steps) for warmup, received "warmup=soon". ' +
        'Write it as "cosine:warmup=0.1,final=0.01", or "step:every=10,factor=0.5".',
    ],
    [
      'step',
      'schedule "step": expected a length (0.1 of the run, 3 epochs, 500steps) for every, received none. ' +
        'Write it as "cosine:warmup=0.1,final=0.01", or "step:every=10,factor=0.5".',
    ],
    [
      'polynomial:cycle=yes',
      'schedule "polynomial:cycle=yes": expected no value for cycle, received "cycle=yes". ' +
        'Write it as "cosine:warmup=0.1,final=0.01", or "step:every=10,factor=0.5".',
    ],
    [
      'cosine:final=-1',
      'schedule "cosine": expected alpha of at least 0, received -1. Correct it, or leave it out for the default.',
    ],
    [
      'step:every=0',
      'schedule "step": expected every: a fraction of the run above 0, up to 0.999, received 0. Correct it, or leave it out for the default.',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseSchedule(text)).toThrow(withMessage(message));
  });

  it('refuses every text with an error of our own, or gives a schedule that can be made', () => {
    const words = fc.constantFrom(
      'cosine',
      'step',
      'one-cycle',
      ':',
      ',',
      '=',
      'every',
      'warmup',
      '1',
      '0.5',
      'steps',
      '%',
      'x',
      '/',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 9 }), (parts) => {
        try {
          createSchedule(parseSchedule(parts.join('')), RUN);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GraftError' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('schedules', () => {
  it.each([
    [
      () => schedules.exponentialDecay({ initialLearningRate: 0, decayRate: 0.5 }),
      'schedule "exponential": expected a highest learning rate above 0, received 0. Correct it.',
    ],
    [
      () => schedules.cosineDecay({ initialLearningRate: 0.1, decaySteps: 2.5 }),
      'schedule "cosine": expected decay: a whole number of steps, received 2.5. ' +
        'Correct it, or leave it out for the default.',
    ],
    [
      () => schedules.piecewiseConstantDecay({ boundaries: [3], values: [0.1] }),
      'schedule "piecewise": expected boundaries, and one factor more, received 1 boundaries and 1 factors. ' +
        'Correct it, or leave it out for the default.',
    ],
  ])('refuse numbers that make no rates: %#', (make, message) => {
    expect(make).toThrow(withMessage(message));
  });
});
