/** @file What each schedule may be given: the short words of a text, the fields of the data, and how both are read. */

import * as z from 'zod';
import type { ScheduleType, Span } from './schedule-spec.ts';

/** What a value is to be, how a text is read and written, and what data is taken. */
interface SettingValue {
  readonly expected: string;
  /** Undefined if it cannot be read. */
  read(text: string): unknown;
  write(value: never): string;
  readonly schema: z.ZodType;
}

/** One thing that a schedule may be told. */
export interface ScheduleSetting {
  /** Its name in `ScheduleSpec`. */
  readonly field: string;
  readonly value: SettingValue;
  readonly required?: boolean;
}

const NUMBER: SettingValue = { expected: 'a number', read: readNumber, write: String, schema: z.number() };
const LENGTH: SettingValue = {
  expected: 'a length (0.1 of the run, 3 epochs, 500steps)',
  read: readSpan,
  write: writeSpan,
  schema: z.preprocess(
    (value) => (typeof value === 'number' || typeof value === 'string' ? readSpan(String(value)) : value),
    z.union([
      z.strictObject({ steps: z.number() }),
      z.strictObject({ epochs: z.number() }),
      z.strictObject({ fraction: z.number() }),
    ]),
  ),
};
const FLAG: SettingValue = {
  expected: 'no value',
  read: (text) => text === '' || undefined,
  write: () => '',
  schema: z.boolean(),
};
const ANNEALING: SettingValue = {
  expected: 'cos or linear',
  read: (text) => (text === 'cos' || text === 'linear' ? text : undefined),
  write: String,
  schema: z.enum(['cos', 'linear']),
};
const LENGTHS = listOf(LENGTH, 'lengths with "/" between them');
const NUMBERS = listOf(NUMBER, 'numbers with "/" between them');

const WARMUP: Readonly<Record<string, ScheduleSetting>> = {
  warmup: { field: 'warmup', value: LENGTH },
  from: { field: 'warmupFrom', value: NUMBER },
};
const FINAL: ScheduleSetting = { field: 'alpha', value: NUMBER };
const DECAY: ScheduleSetting = { field: 'decay', value: LENGTH };

/** By type, what is written in front of `=`. */
export const SCHEDULE_SETTINGS: Readonly<Record<ScheduleType, Readonly<Record<string, ScheduleSetting>>>> = {
  constant: WARMUP,
  step: {
    every: { field: 'every', value: LENGTH, required: true },
    factor: { field: 'factor', value: NUMBER },
    ...WARMUP,
  },
  piecewise: {
    at: { field: 'boundaries', value: LENGTHS, required: true },
    factors: { field: 'factors', value: NUMBERS, required: true },
    ...WARMUP,
  },
  exponential: {
    factor: { field: 'decayRate', value: NUMBER },
    decay: DECAY,
    staircase: { field: 'staircase', value: FLAG },
    ...WARMUP,
  },
  'inverse-time': {
    factor: { field: 'decayRate', value: NUMBER },
    decay: DECAY,
    staircase: { field: 'staircase', value: FLAG },
    ...WARMUP,
  },
  polynomial: {
    power: { field: 'power', value: NUMBER },
    final: FINAL,
    decay: DECAY,
    cycle: { field: 'cycle', value: FLAG },
    ...WARMUP,
  },
  cosine: { final: FINAL, decay: DECAY, ...WARMUP },
  'cosine-restarts': {
    first: { field: 'firstDecay', value: LENGTH, required: true },
    't-mul': { field: 'tMul', value: NUMBER },
    'm-mul': { field: 'mMul', value: NUMBER },
    final: FINAL,
    ...WARMUP,
  },
  'one-cycle': {
    max: { field: 'maxLearningRate', value: NUMBER },
    start: { field: 'pctStart', value: NUMBER },
    anneal: { field: 'annealStrategy', value: ANNEALING },
    div: { field: 'divFactor', value: NUMBER },
    'final-div': { field: 'finalDivFactor', value: NUMBER },
    'three-phase': { field: 'threePhase', value: FLAG },
  },
};

function readNumber(text: string): number | undefined {
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function readSpan(text: string): Span | undefined {
  const { number: digits = '', unit } =
    /^(?<number>[\d.eE+-]+?) *(?<unit>steps?|epochs?|%)?$/.exec(text)?.groups ?? {};
  const number = readNumber(digits);
  if (number === undefined) return undefined;
  if (unit === '%') return { fraction: number / 100 };
  if (unit?.startsWith('step')) return { steps: number };
  return unit === undefined && number < 1 ? { fraction: number } : { epochs: number };
}

function writeSpan(span: Span): string {
  if ('steps' in span) return `${span.steps}steps`;
  if ('epochs' in span) return span.epochs < 1 ? `${span.epochs}epochs` : String(span.epochs);
  // From 1 on, a number alone would be epochs.
  return span.fraction < 1 ? String(span.fraction) : `${span.fraction * 100}%`;
}

function listOf(item: SettingValue, expected: string): SettingValue {
  return {
    expected,
    read(text) {
      const items = text.split('/').map((part) => item.read(part.trim()));
      return items.includes(undefined) ? undefined : items;
    },
    write: (items: readonly never[]) => items.map((each) => item.write(each)).join('/'),
    schema: z.array(item.schema),
  };
}
