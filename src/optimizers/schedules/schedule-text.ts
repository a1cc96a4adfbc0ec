/** @file A schedule in one line, as a person writes it: `cosine:warmup=0.1,final=0.01`, `step:every=10,factor=0.5`. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../errors/graft-error.ts';
import { requireSchedule } from './schedule-checks.ts';
import type { ScheduleKind, ScheduleSpec, Span } from './schedule-spec.ts';

/** What a value is to be, and how it is read; undefined if it cannot be. */
interface Reader {
  readonly expected: string;
  read(text: string): unknown;
}

const NUMBER: Reader = { expected: 'a number', read: numberOf };
const LENGTH: Reader = {
  expected: 'a length (0.1 of the run, 3 epochs, 500steps)',
  read: spanOf,
};
const FLAG: Reader = { expected: 'no value', read: (text) => text === '' || undefined };
const ANNEALING: Reader = {
  expected: 'cos or linear',
  read: (text) => (text === 'cos' || text === 'linear' ? text : undefined),
};
const LENGTHS = listOf(LENGTH, 'lengths with "/" between them');
const NUMBERS = listOf(NUMBER, 'numbers with "/" between them');

interface Setting {
  readonly field: string;
  readonly reader: Reader;
  readonly required?: boolean;
}

const WARMUP: Readonly<Record<string, Setting>> = {
  warmup: { field: 'warmup', reader: LENGTH },
  from: { field: 'warmupFrom', reader: NUMBER },
};
const FINAL: Setting = { field: 'alpha', reader: NUMBER };
const DECAY: Setting = { field: 'decay', reader: LENGTH };

/** By kind, what is written in front of `=`. */
const SETTINGS: Readonly<Record<ScheduleKind, Readonly<Record<string, Setting>>>> = {
  constant: WARMUP,
  step: {
    every: { field: 'every', reader: LENGTH, required: true },
    factor: { field: 'factor', reader: NUMBER },
    ...WARMUP,
  },
  piecewise: {
    at: { field: 'boundaries', reader: LENGTHS, required: true },
    factors: { field: 'factors', reader: NUMBERS, required: true },
    ...WARMUP,
  },
  exponential: {
    factor: { field: 'decayRate', reader: NUMBER },
    decay: DECAY,
    staircase: { field: 'staircase', reader: FLAG },
    ...WARMUP,
  },
  'inverse-time': {
    factor: { field: 'decayRate', reader: NUMBER },
    decay: DECAY,
    staircase: { field: 'staircase', reader: FLAG },
    ...WARMUP,
  },
  polynomial: {
    power: { field: 'power', reader: NUMBER },
    final: FINAL,
    decay: DECAY,
    cycle: { field: 'cycle', reader: FLAG },
    ...WARMUP,
  },
  cosine: { final: FINAL, decay: DECAY, ...WARMUP },
  'cosine-restarts': {
    first: { field: 'firstDecay', reader: LENGTH, required: true },
    't-mul': { field: 'tMul', reader: NUMBER },
    'm-mul': { field: 'mMul', reader: NUMBER },
    final: FINAL,
    ...WARMUP,
  },
  'one-cycle': {
    max: { field: 'maxLearningRate', reader: NUMBER },
    start: { field: 'pctStart', reader: NUMBER },
    anneal: { field: 'annealStrategy', reader: ANNEALING },
    div: { field: 'divFactor', reader: NUMBER },
    'final-div': { field: 'finalDivFactor', reader: NUMBER },
    'three-phase': { field: 'threePhase', reader: FLAG },
  },
};
const KINDS = Object.keys(SETTINGS) as ScheduleKind[];

/**
 * Reads a schedule: its kind, and settings as `SETTINGS` has them. Of a length, a number below 1 is a fraction of the run
 * (of what a warm-up leaves of it), from 1 on epochs; `epochs`, `steps` and `%` behind it say otherwise. `final` is a fraction of the rate.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parseSchedule(text: string): ScheduleSpec {
  const [kindText = '', settingsText, ...more] = text.split(':').map((part) => part.trim());
  const kind = KINDS.find((each) => each === kindText);
  if (kind === undefined || more.length > 0) {
    throw textError(text, `one of ${KINDS.join(', ')}`, `"${kindText}"`, nearest(kindText, KINDS));
  }
  const settings = SETTINGS[kind];
  const fields: Record<string, unknown> = { kind };
  for (const part of settingsText === undefined ? [] : settingsText.split(',')) {
    const [name = '', ...value] = part.split('=').map((piece) => piece.trim());
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting === undefined) {
      const names = Object.keys(settings);
      throw textError(text, `settings among ${names.join(', ')}`, `"${part.trim()}"`, nearest(name, names));
    }
    const read = setting.reader.read(value.join('='));
    if (read === undefined) {
      throw textError(text, `${setting.reader.expected} for ${name}`, `"${part.trim()}"`);
    }
    fields[setting.field] = read;
  }
  for (const [name, { field, required, reader }] of Object.entries(settings)) {
    if (required && fields[field] === undefined) {
      throw textError(text, `${reader.expected} for ${name}`, 'none');
    }
  }
  const spec = fields as unknown as ScheduleSpec;
  requireSchedule(spec);
  return spec;
}

function numberOf(text: string): number | undefined {
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function spanOf(text: string): Span | undefined {
  const { number: digits = '', unit } =
    /^(?<number>[\d.eE+-]+?) *(?<unit>steps?|epochs?|%)?$/.exec(text)?.groups ?? {};
  const number = numberOf(digits);
  if (number === undefined) return undefined;
  if (unit === '%') return { fraction: number / 100 };
  if (unit?.startsWith('step')) return { steps: number };
  return unit === undefined && number < 1 ? { fraction: number } : { epochs: number };
}

function listOf(reader: Reader, expected: string): Reader {
  return {
    expected,
    read(text) {
      const items = text.split('/').map((part) => reader.read(part.trim()));
      return items.includes(undefined) ? undefined : items;
    },
  };
}

function nearest(word: string, words: readonly string[]): string {
  return `Did you mean "${closest(word, [...words])}"?`;
}

function textError(
  text: string,
  expected: string,
  received: string,
  advice = 'Write it as "cosine:warmup=0.1,final=0.01", or "step:every=10,factor=0.5".',
): GraftError {
  return new GraftError('argument', { where: `schedule "${text}"`, expected, received, advice });
}
