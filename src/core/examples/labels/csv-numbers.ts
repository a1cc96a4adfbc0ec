/** @file Numbers as people write them into tables. */

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?(\d+(,\d*)?|,\d+)(e[+-]?\d+)?$/i;

/** How a column writes its fractions. */
export type DecimalMark = '.' | ',';

export interface NumberOptions {
  /** What begins the fraction of a number. Default: what the numbers tell, see {@link detectDecimalMark}. */
  readonly decimalMark?: DecimalMark | undefined;
}

/** The number in a cell; undefined if it is none, or not finite. */
export function numberIn(cell: string, mark: DecimalMark): number | undefined {
  if (!(mark === '.' ? DECIMAL : DECIMAL_COMMA).test(cell)) return undefined;
  const value = Number(cell.replace(',', '.'));
  return Number.isFinite(Math.fround(value)) ? value : undefined;
}

/**
 * The decimal mark of a column: a comma only where no point stands in any number, and commas do not separate cells.
 * `1.234` and `1,234` in one column are thus never read as numbers of different size without a word.
 */
export function detectDecimalMark(cells: readonly string[], separator: string): DecimalMark {
  if (separator === ',') return '.';
  const hasPoint = cells.some((cell) => cell.includes('.') && DECIMAL.test(cell));
  return hasPoint ? '.' : ',';
}

/** `1,234` may be 1234; `0,512`, `1,5` and `1234,567` may be fractions only. */
const MAYBE_THOUSANDS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/**
 * Whether the mark of a column's numbers begins fractions or parts thousands, where nobody said.
 *
 * @param cells - Numbers.
 * @returns The index of the first one with a mark, where all that have one may be thousands as well; else undefined.
 */
export function unclearMark(cells: readonly string[]): number | undefined {
  const marked = [...cells.keys()].filter((index) => /[.,]/.test(cells[index]!));
  return marked.every((index) => MAYBE_THOUSANDS.test(cells[index]!)) ? marked[0] : undefined;
}

/** 1 or 0 for a cell that says yes or no as programs write it: `1`, `1.0`, `true`; undefined for any other. */
export function yesOrNoIn(cell: string): 0 | 1 | undefined {
  const word = cell.toLowerCase();
  if (word === 'true' || /^1([.,]0*)?$/.test(word)) return 1;
  if (word === 'false' || /^0([.,]0*)?$/.test(word)) return 0;
  return undefined;
}
