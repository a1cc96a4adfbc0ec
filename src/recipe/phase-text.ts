/** @file A further phase as people write it on a command line: `unfreeze=mixed6,lr=1e-5,epochs=10`. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../core/errors/graft-error.ts';
import { rangeText } from '../core/errors/number-range.ts';
import { PHASE_FIELDS, type PhaseChange } from './recipe-phases.ts';

/**
 * Reads a phase: `key=value` pairs with commas between; what is not said stays as it was in the phase before.
 *
 * @throws {GraftError} `argument`, with the nearest key.
 */
export function parsePhase(text: string): PhaseChange {
  const change: Record<string, unknown> = {};
  for (const pair of pairsOf(text)) {
    const [name = '', ...rest] = pair.split('=').map((part) => part.trim());
    const value = rest.join('=');
    const known = PHASE_FIELDS.get(name);
    if (known === undefined || value === '') {
      const names = [...PHASE_FIELDS.keys()];
      throw refused(
        text,
        `pairs of ${names.join(', ')} with a value`,
        `"${pair}"`,
        known === undefined ? `Did you mean "${closest(name, names)}"?` : `Write ${name}=VALUE.`,
      );
    }
    const { key, field } = known;
    try {
      change[key] = field.value.parse(value);
    } catch (error) {
      const { range, choices } = field.value;
      if (range !== undefined) throw refused(text, `${rangeText(range)} for ${name}`, `"${value}"`, EXAMPLE);
      if (choices !== undefined) {
        throw refused(text, `one of ${choices.join(', ')} for ${name}`, `"${value}"`, EXAMPLE);
      }
      throw error;
    }
  }
  return change as PhaseChange;
}

/** A phase as {@link parsePhase} reads it. */
export function formatPhase(phase: PhaseChange): string {
  return [...PHASE_FIELDS]
    .flatMap(([name, { key, field }]) =>
      phase[key] === undefined ? [] : [`${name}=${field.value.format(phase[key])}`],
    )
    .join(',');
}

/** A schedule has pairs of its own, behind its first: `schedule=step:every=10,factor=0.5`; a list has words: `query,value`. */
function pairsOf(text: string): string[] {
  const pairs: string[] = [];
  for (const pair of text.split(',')) {
    const isKey = PHASE_FIELDS.has(pair.split('=')[0]!.trim());
    const before = pairs.at(-1) ?? '';
    const isOfSchedule = !isKey && /^\s*schedule=[^:]*:/.test(before);
    const isOfList =
      !pair.includes('=') && PHASE_FIELDS.get(before.split('=')[0]!.trim())?.field.value.hasCommas === true;
    if (isOfSchedule || isOfList) pairs[pairs.length - 1] += `,${pair}`;
    else pairs.push(pair);
  }
  return pairs;
}

const EXAMPLE = 'For example: unfreeze=mixed6,lr=1e-5,epochs=10.';

function refused(text: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('argument', { where: `phase "${text}"`, expected, received, advice });
}
