import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMean } from './mean.ts';
import type { Metric } from './metric.ts';
import { metrics } from './metrics.ts';

const OUTPUTS = 3;

interface Kind {
  readonly make: () => Metric;
  /** Whether the target is the class's index, else a number for each output. */
  readonly takesIndex?: true;
}

/** All there are, and those of their options for which other numbers are counted. */
const KINDS: Readonly<Record<string, Kind>> = {
  binaryAccuracy: { make: metrics.binaryAccuracy },
  categoricalAccuracy: { make: metrics.categoricalAccuracy },
  sparseCategoricalAccuracy: { make: metrics.sparseCategoricalAccuracy, takesIndex: true },
  topKCategoricalAccuracy: { make: () => metrics.topKCategoricalAccuracy({ k: 2 }) },
  sparseTopKCategoricalAccuracy: {
    make: () => metrics.sparseTopKCategoricalAccuracy({ k: 2 }),
    takesIndex: true,
  },
  precision: { make: metrics.precision },
  recall: { make: () => metrics.recall({ classId: 1 }) },
  f1Score: { make: metrics.f1Score },
  auc: { make: metrics.auc },
  'auc of many labels': { make: () => metrics.auc({ multiLabel: true }) },
  meanAbsoluteError: { make: metrics.meanAbsoluteError },
  meanSquaredError: { make: metrics.meanSquaredError },
  rootMeanSquaredError: { make: metrics.rootMeanSquaredError },
  r2Score: { make: metrics.r2Score },
};

const sample = fc.record({
  outputs: fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: OUTPUTS, maxLength: OUTPUTS }),
  label: fc.nat(OUTPUTS - 1),
});
type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

it('is there for every metric', () => {
  expect(Object.keys(KINDS)).toEqual(expect.arrayContaining(Object.keys(metrics)));
});

it.each(Object.entries(KINDS))('of %s lets another one go on, to the bit', (_, { make, takesIndex }) => {
  const add = (metric: Metric, samples: readonly Sample[]): void => {
    const targets = samples.flatMap(({ label }) =>
      takesIndex ? [label] : Array.from({ length: OUTPUTS }, (_, i) => Number(i === label)),
    );
    if (samples.length === 0) return;
    const outputs = samples.flatMap(({ outputs: row }) => row);
    metric.update(Float32Array.from(outputs), Float32Array.from(targets), samples.length);
  };
  fc.assert(
    fc.property(fc.array(sample), fc.array(sample), fc.array(sample), (before, after, other) => {
      const whole = make();
      add(whole, before);
      const state = whole.state();
      const resumed = make();
      add(resumed, other);
      resumed.restore(state);
      expect(resumed.result()).toBe(whole.result());
      add(whole, after);
      add(resumed, after);
      expect(resumed.result()).toBe(whole.result());
      // What was given is no view of what goes on.
      const again = make();
      again.restore(state);
      add(again, after);
      expect(again.result()).toBe(whole.result());
    }),
  );
});

it('of a mean is its sum and its weight', () => {
  const mean = createMean();
  mean.add(0.5, 3);
  expect(mean.state()).toEqual(Float64Array.of(1.5, 3));
  const other = createMean();
  other.restore(mean.state());
  other.add(2.5);
  expect(other.result()).toBe(1);
});
