/** @file Names of files with metrics in them, as Keras writes them: `{epoch:02d}-{val_loss:.2f}`. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';

/** What a template is filled with. `epoch` is a whole number, the others are not. */
export type TemplateFields = Readonly<Record<string, number>>;

/** `0`, width, precision, type: the part of Python's format that numbers in file names want. */
const FORMAT = /^(?<zero>0?)(?<width>\d*)(?:\.(?<precision>\d+))?(?<type>[dfe%]?)$/;

/** An escaped brace, a field, or a brace that is neither. */
const PART = /\{\{|\}\}|\{(?<name>[A-Za-z_]\w*)(?::(?<format>[^{}]*))?\}|[{}]/g;

/** Python's default for `f`, `e` and `%`. */
const DEFAULT_PRECISION = 6;

type NumberFormat = (value: number) => string;

/**
 * Reads a template: `{name}` or `{name:format}`, where a format is `02d`, `.4f`, `8.3f`, `.2e` or `.1%`, as in Python.
 *
 * @param where - Who asks, for messages.
 * @returns What fills it in; it throws `argument` for a field that the metrics lack.
 * @throws {GraftError} `argument`, naming the field that cannot be read.
 */
export function parseFileTemplate(template: string, where: string): (fields: TemplateFields) => string {
  const formats = new Map<string, NumberFormat>();
  for (const { 0: text, groups } of template.matchAll(PART)) {
    if (text === '{{' || text === '}}') continue;
    const { name, format = '' } = groups as { name?: string; format?: string };
    const read = name === undefined ? undefined : parseFormat(format, name === 'epoch');
    if (read === undefined) throw unreadable(where, template, text);
    formats.set(text, read);
  }
  return (fields) =>
    template.replaceAll(PART, (text, ...rest: unknown[]) => {
      if (text === '{{' || text === '}}') return text[0]!;
      const { name } = rest.at(-1) as { readonly name: string };
      if (!Object.hasOwn(fields, name)) throw unknownField(where, name, Object.keys(fields));
      return formats.get(text)!(fields[name]!);
    });
}

/** Undefined if it is none. */
function parseFormat(text: string, isWhole: boolean): NumberFormat | undefined {
  const groups = FORMAT.exec(text)?.groups as
    | { zero: string; width: string; precision?: string; type: string }
    | undefined;
  if (groups === undefined) return undefined;
  const { zero, width, precision, type } = groups;
  const isPlain = type === '' || type === 'd';
  if ((type === 'd' && !isWhole) || (isPlain && precision !== undefined)) return undefined;
  const digits = precision === undefined ? DEFAULT_PRECISION : Number(precision);
  if (digits > 100) return undefined;
  return (value) => {
    const sign = value < 0 || Object.is(value, -0) ? '-' : '';
    const number = magnitude(Math.abs(value), type, digits, isWhole);
    return zero === ''
      ? `${sign}${number}`.padStart(Number(width))
      : `${sign}${number.padStart(Number(width) - sign.length, '0')}`;
  };
}

function magnitude(value: number, type: string, digits: number, isWhole: boolean): string {
  const percent = type === '%' ? '%' : '';
  if (Number.isNaN(value)) return `nan${percent}`;
  if (value === Number.POSITIVE_INFINITY) return `inf${percent}`;
  switch (type) {
    case 'f':
      return value.toFixed(digits);
    case '%':
      return `${(value * 100).toFixed(digits)}%`;
    case 'e':
      return twoDigitExponent(value.toExponential(digits));
    default:
      return isWhole ? String(value) : shortest(value);
  }
}

/** The shortest text that is this number; Python's differs from ours in when it takes an exponent. */
function shortest(value: number): string {
  if (value !== 0 && (value < 1e-4 || value >= 1e16)) return twoDigitExponent(value.toExponential());
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function unreadable(where: string, template: string, part: string): GraftError {
  return new GraftError('argument', {
    where,
    expected: 'fields such as {epoch:02d} or {val_loss:.4f} in the file name',
    received: `"${part}" in "${template}"`,
    advice: 'Write {{ and }} for the braces themselves.',
  });
}

function unknownField(where: string, name: string, known: readonly string[]): GraftError {
  return new GraftError('argument', {
    where,
    expected: `fields among ${known.map((each) => `{${each}}`).join(', ')} in the file name`,
    received: `{${name}}`,
    advice: `Did you mean {${closest(name, known)}}?`,
  });
}
