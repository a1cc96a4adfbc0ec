/** @file A schedule in one line, as a person writes it: `cosine:warmup=0.1,final=0.01`, `step:every=10,factor=0.5`. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../errors/graft-error.ts';
import { requireSchedule } from './schedule-checks.ts';
import { SCHEDULE_SETTINGS } from './schedule-settings.ts';
import type { ScheduleSpec, ScheduleType } from './schedule-spec.ts';

const TYPES = Object.keys(SCHEDULE_SETTINGS) as ScheduleType[];

/**
 * Reads a schedule: its type, and settings as `SCHEDULE_SETTINGS` has them. Of a length, a number below 1 is a fraction of
 * the run (of what a warm-up leaves of it), from 1 on epochs; `epochs`, `steps` and `%` behind it say otherwise. `final`
 * is a fraction of the rate.
 *
 * @throws {GraftError} `argument`, if it cannot be read.
 */
export function parseSchedule(text: string): ScheduleSpec {
  const [typeText = '', settingsText, ...more] = text.split(':').map((part) => part.trim());
  const type = TYPES.find((each) => each === typeText);
  if (type === undefined || more.length > 0) {
    throw textError(text, `one of ${TYPES.join(', ')}`, `"${typeText}"`, nearest(typeText, TYPES));
  }
  const settings = SCHEDULE_SETTINGS[type];
  const fields: Record<string, unknown> = { type };
  for (const part of settingsText === undefined ? [] : settingsText.split(',')) {
    const [name = '', ...value] = part.split('=').map((piece) => piece.trim());
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting === undefined) {
      const names = Object.keys(settings);
      throw textError(text, `settings among ${names.join(', ')}`, `"${part.trim()}"`, nearest(name, names));
    }
    const read = setting.value.read(value.join('='));
    if (read === undefined) {
      throw textError(text, `${setting.value.expected} for ${name}`, `"${part.trim()}"`);
    }
    fields[setting.field] = read;
  }
  for (const [name, { field, required, value }] of Object.entries(settings)) {
    if (required && fields[field] === undefined) {
      throw textError(text, `${value.expected} for ${name}`, 'none');
    }
  }
  const spec = fields as unknown as ScheduleSpec;
  requireSchedule(spec);
  return spec;
}

/** A schedule as {@link parseSchedule} reads it: `cosine:final=0.01,warmup=0.1`. */
export function formatSchedule(spec: ScheduleSpec): string {
  const fields = spec as unknown as Readonly<Record<string, unknown>>;
  const settings = Object.entries(SCHEDULE_SETTINGS[spec.type]).flatMap(([name, { field, value }]) => {
    const given = fields[field];
    if (given === undefined || given === false) return [];
    const text = value.write(given as never);
    return text === '' ? name : `${name}=${text}`;
  });
  return settings.length === 0 ? spec.type : `${spec.type}:${settings.join(',')}`;
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
