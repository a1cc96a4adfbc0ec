/** @file JSON that is nested, repeated, or larger as objects than as text. */

import type { Choices } from './choices.ts';

/** The text of a value that may stand anywhere. */
export function claimingJson(choices: Choices, mostBytes: number): string {
  const count = choices.scale(mostBytes);
  return choices.one([
    () => '['.repeat(count / 2) + ']'.repeat(count / 2),
    () => `${'{"a":'.repeat(count / 6)}1${'}'.repeat(count / 6)}`,
    () => `[${'{},'.repeat(count / 3)}{}]`,
    () => `[${'[],'.repeat(count / 3)}[]]`,
    () => `[${'1,'.repeat(count / 2)}1]`,
    () => `{${Array.from({ length: count / 12 }, (_, i) => `"${i}":{}`).join()}}`,
    () => JSON.stringify('x'.repeat(count)),
    () => `${choices.size()}`,
    () => 'null',
  ])();
}
