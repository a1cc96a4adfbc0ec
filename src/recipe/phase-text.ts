/** @file A further phase as people write it on a command line: `unfreeze=mixed6,lr=1e-5,epochs=10`. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import { isInRange, rangeText } from '../errors/number-range.ts';
import { type PhaseChange, phaseSchema } from './recipe.ts';
import { rangeOf } from './recipe-numbers.ts';

/** Short names, as the flags of the first phase have them. */
const KEYS: Readonly<Record<string, keyof PhaseChange>> = {
  unfreeze: 'unfreeze',
  lr: 'learningRate',
  epochs: 'epochs',
  optimizer: 'optimizer',
  batch: 'batchSize',
  patience: 'patience',
  schedule: 'schedule',
};

/**
 * Reads a phase: `key=value` pairs with commas between; what is not said stays as it was in the phase before.
 *
 * @throws {GraftError} `argument`, with the nearest key.
 */
export function parsePhase(text: string): PhaseChange {
  const change: Record<string, unknown> = {};
  for (const pair of pairsOf(text)) {
    const [key = '', ...rest] = pair.split('=');
    const name = Object.hasOwn(KEYS, key.trim()) ? KEYS[key.trim()] : undefined;
    const value = rest.join('=').trim();
    if (name === undefined || value === '') {
      const names = Object.keys(KEYS);
      throw refused(
        text,
        `pairs of ${names.join(', ')} with a value`,
        `"${pair}"`,
        name === undefined ? `Did you mean "${closest(key.trim(), names)}"?` : `Write ${key.trim()}=VALUE.`,
      );
    }
    const number = Number(value);
    change[name] = name === 'patience' && number === 0 ? null : Number.isNaN(number) ? value : number;
    const range = rangeOf(name);
    if (range === undefined || change[name] === null || isInRange(range, number)) continue;
    throw refused(text, `${rangeText(range)} for ${key.trim()}`, `"${value}"`, EXAMPLE);
  }
  const parsed = phaseSchema.safeParse(change);
  if (parsed.success) return parsed.data;
  throw refused(
    text,
    'values that fit their keys',
    `${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`,
    EXAMPLE,
  );
}

/** A schedule has pairs of its own, behind its first: `schedule=step:every=10,factor=0.5`. */
function pairsOf(text: string): string[] {
  const pairs: string[] = [];
  for (const pair of text.split(',')) {
    const isKey = Object.hasOwn(KEYS, pair.split('=')[0]!.trim());
    const isOfSchedule = !isKey && /^\s*schedule=[^:]*:/.test(pairs.at(-1) ?? '');
    if (isOfSchedule) pairs[pairs.length - 1] += `,${pair}`;
    else pairs.push(pair);
  }
  return pairs;
}

const EXAMPLE = 'For example: unfreeze=mixed6,lr=1e-5,epochs=10.';

function refused(text: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('argument', { where: `phase "${text}"`, expected, received, advice });
}
