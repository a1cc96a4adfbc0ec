import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scheduleSchema } from '../../src/core/optimizers/schedules/schedule-schema.ts';
import type { ScheduleSpec, Span } from '../../src/core/optimizers/schedules/schedule-spec.ts';
import { formatSchedule, parseSchedule } from '../../src/core/optimizers/schedules/schedule-text.ts';
import { type HeadLayer, headSchema } from '../../src/recipe/head-layers.ts';
import { formatHead, parseHead } from '../../src/recipe/head-spec.ts';
import {
  type AugmentationSpec,
  augmentationSchema,
} from '../../src/vision/augmentation/augmentation-spec.ts';
import { formatAugmentation, parseAugmentation } from '../../src/vision/augmentation/augmentation-text.ts';

const fraction = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const span: fc.Arbitrary<Span> = fc.oneof(
  fc.record({ steps: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ epochs: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
  fc.record({ fraction }),
);
const optional = { requiredKeys: ['type' as const] };
const schedule: fc.Arbitrary<ScheduleSpec> = fc.oneof(
  fc.record({ type: fc.constant('constant' as const), warmup: span }, optional),
  fc.record(
    {
      type: fc.constant('cosine' as const),
      decay: span,
      alpha: fraction,
      warmup: span,
      warmupFrom: fraction,
    },
    optional,
  ),
  fc.record(
    { type: fc.constant('step' as const), every: span, factor: fraction },
    { requiredKeys: ['type', 'every'] },
  ),
  fc.record({
    type: fc.constant('piecewise' as const),
    boundaries: fc.tuple(span, span),
    factors: fc.tuple(fraction, fraction, fraction),
  }),
  fc.record(
    { type: fc.constant('polynomial' as const), power: fraction, cycle: fc.constant(true) },
    optional,
  ),
  fc.record(
    {
      type: fc.constant('one-cycle' as const),
      pctStart: fc.constantFrom(0.1, 0.5),
      annealStrategy: fc.constantFrom('cos' as const, 'linear' as const),
      threePhase: fc.constant(true),
    },
    optional,
  ),
);

it('a schedule is read as it is written, in short and as JSON', () => {
  fc.assert(
    fc.property(schedule, (spec) => {
      expect(parseSchedule(formatSchedule(spec))).toEqual(spec);
      expect(scheduleSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    }),
  );
});

const layer: fc.Arbitrary<HeadLayer> = fc.oneof(
  fc.record({
    type: fc.constant('dense' as const),
    units: fc.integer({ min: 1, max: 4096 }),
    activation: fc.constantFrom('relu' as const, 'tanh' as const, 'linear' as const),
  }),
  fc.record({
    type: fc.constant('dropout' as const),
    rate: fc.double({ min: 0, max: 0.99, noNaN: true }).map(Math.abs),
  }),
);
const head = fc
  .tuple(
    fc.constantFrom('gap' as const, 'gmp' as const, 'flatten' as const),
    fc.array(layer, { maxLength: 4 }),
  )
  .map(([type, layers]): readonly HeadLayer[] => [{ type }, ...layers]);

it('a head is read as it is written, in short and as JSON', () => {
  fc.assert(
    fc.property(head, (layers) => {
      expect(parseHead(formatHead(layers))).toEqual(layers);
      expect(headSchema.parse(JSON.parse(JSON.stringify(layers)))).toEqual(layers);
    }),
  );
});

const factors = fc
  .tuple(fc.double({ min: 0.1, max: 5, noNaN: true }), fc.double({ min: 5, max: 10, noNaN: true }))
  .map(([low, high]) => [low, high] as const);
const augmentation: fc.Arbitrary<Partial<AugmentationSpec>> = fc.record(
  {
    rotation: fc.double({ min: 1, max: 180, noNaN: true }),
    widthShift: fraction,
    heightShift: fraction,
    shear: fc.double({ min: 0.1, max: 89, noNaN: true }),
    zoom: factors,
    horizontalFlip: fc.boolean(),
    verticalFlip: fc.boolean(),
    brightness: factors,
    contrast: factors,
    saturation: factors,
    fill: fc.constantFrom('nearest' as const, 'wrap' as const, 'constant' as const),
    fillValue: fc.integer({ min: 0, max: 255 }),
    randomResizedCrop: fc.record({
      scale: fc.tuple(
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
      ),
      ratio: factors,
    }),
    randAugment: fc.record({
      numOps: fc.integer({ min: 1, max: 14 }),
      magnitude: fc.integer({ min: 0, max: 30 }),
    }),
  },
  { requiredKeys: ['rotation'] },
);

it('an augmentation is read as it is written, in short and as JSON', () => {
  fc.assert(
    fc.property(augmentation, (changes) => {
      const spec = augmentationSchema.parse(changes);
      expect(parseAugmentation(formatAugmentation(spec))).toEqual(spec);
      expect(augmentationSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    }),
  );
});
