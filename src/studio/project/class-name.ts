/** @file Which names a class may have: each becomes a folder on any machine, and nothing but a folder beside the others; or a cell of a table. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { quoteList } from '../../core/errors/name-list.ts';
import { composed, findSimilarName } from '../../core/examples/similar-names.ts';

/** File systems take 255 bytes; a name in the bin or a copy has some more. */
const MAX_BYTES = 200;

/** Of any machine, or with a meaning for a scan of images. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d|thumbs\.db|desktop\.ini|__macosx|@eadir|graft-runs)$/i;

/**
 * A name that a person gave, as the folder of a class has it.
 *
 * @param existing - Classes that there are.
 * @throws {GraftError} `argument`, if no folder can have that name, or it looks like that of another class.
 */
export function requireClassName(given: string, existing: readonly string[]): string {
  const name = composed(given).trim().replace(/\s+/gu, ' ');
  const refusal = refusalOf(name);
  if (refusal !== undefined) throw nameError(given, refusal, 'Give another name.');
  return requireDistinct(given, name, existing);
}

/**
 * A name that a person gave, as a cell of a table has it: on one line, and without what would make two labels of it.
 *
 * @param existing - Classes that there are.
 * @throws {GraftError} `argument`, if no cell can have it, or it looks like that of another class.
 */
export function requireLabel(given: string, existing: readonly string[]): string {
  const name = composed(given).trim().replace(/\s+/gu, ' ');
  if (name === '' || /[|;]|\p{Cc}|\p{Cf}|\p{Cs}/u.test(name)) {
    const received =
      name === '' ? 'none' : 'one with a character that tables have between labels, or that cannot be seen';
    throw new GraftError('argument', {
      where: `class ${quoteList([shortened(given)])}`,
      expected: 'a name for a cell',
      received,
      advice: 'Give another name.',
    });
  }
  return requireDistinct(given, name, existing);
}

function requireDistinct(given: string, name: string, existing: readonly string[]): string {
  const similar = findSimilarName(name, existing);
  if (similar === undefined) return name;
  throw nameError(
    given,
    `one that differs from ${quoteList([similar.first])} in ${similar.difference} alone`,
    'Give a name that can be told from it.',
  );
}

function shortened(given: string): string {
  return given.length > 60 ? `${given.slice(0, 60)}...` : given;
}

function refusalOf(name: string): string | undefined {
  if (name === '') return 'none';
  if (/[/\\:*?"<>|]|\p{Cc}|\p{Cf}|\p{Cs}/u.test(name))
    return 'one with a character that no folder has everywhere';
  if (name.startsWith('.')) return 'one that begins with a dot';
  if (name.endsWith('.')) return 'one that ends with a dot';
  if (RESERVED.test(name)) return 'one that means something else';
  if (new TextEncoder().encode(name).length > MAX_BYTES) return `one of more than ${MAX_BYTES} bytes`;
  return undefined;
}

function nameError(given: string, received: string, advice: string): GraftError {
  const where = `class ${quoteList([shortened(given)])}`;
  return new GraftError('argument', { where, expected: 'a name for a folder', received, advice });
}

/** The error for the name of a class that is to be new. */
export function classThere(name: string): GraftError {
  return new GraftError('argument', {
    where: `class ${quoteList([name])}`,
    expected: 'a new name',
    received: 'one that is there already',
    advice: 'Give another name.',
  });
}

/** The error for a class that a project does not have. */
export function noClass(name: string): GraftError {
  return new GraftError('argument', {
    where: `class ${quoteList([name])}`,
    expected: 'one of the project',
    received: 'none of that name',
    advice: 'Make it first.',
  });
}
