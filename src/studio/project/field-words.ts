/** @file What the library says, as the studio shows it: a field of the form in the place of a flag of the command line. */

import { ALL_FIELDS } from '../../recipe/recipe.ts';
import { labelOf } from './field-label.ts';
import { sweepFields } from './sweep-form.ts';

const LABELS: ReadonlyMap<string, string> = new Map([
  ...[...ALL_FIELDS].flatMap(([key, { flag, hiddenFlags = [] }]) =>
    [flag.split(' ')[0]!, ...hiddenFlags].map((each) => [each, labelOf(key)] as const),
  ),
  ...sweepFields().map(({ flag, label }) => [flag, label] as const),
]);

const FLAG = /(?<![\w-])--[a-z][a-z0-9-]*/g;
/** With the space before. */
const PARENTHESIS = / \(([^()]*)\)/g;

/**
 * `Give more with --validation.` becomes `Give more with "Validation".` A parenthesis that names what only the command line has is left
 * out; commands of other programs stay.
 */
export function inFieldWords(text: string): string {
  return text
    .replace(PARENTHESIS, (whole, inside: string) => (namesOthers(inside) ? '' : whole))
    .replace(FLAG, (flag) => (LABELS.has(flag) ? `"${LABELS.get(flag)}"` : flag));
}

function namesOthers(text: string): boolean {
  return (text.match(FLAG) ?? []).some((flag) => !LABELS.has(flag));
}
