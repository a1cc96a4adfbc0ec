/**
 * @file Arithmetic with sizes that may be symbolic. A product stands as text, `25*N`; anything else that is
 * computed from a symbol stands in parentheses, `(H+1)`: equal computations give equal names.
 */

import type { Dimension, Shape } from './graph.ts';

/** `[N, 3, 150, 150]`, as messages show it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two sizes can be equal when the graph runs. */
export function compatible(a: Dimension, b: Dimension): boolean {
  return a === b || typeof a === 'string' || typeof b === 'string';
}

/** Whether all sizes are numbers. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dimension) => typeof dimension === 'number');
}

/** The product of sizes: a number, or text such as `25*N`. */
export function product(dimensions: Shape): Dimension {
  const { coefficient, symbols } = factorise(dimensions);
  return join(coefficient, symbols);
}

/** `product(dividend) / product(divisor)`, or undefined where that is no whole number or no product. */
export function quotient(dividend: Shape, divisor: Shape): Dimension | undefined {
  const above = factorise(dividend);
  const below = factorise(divisor);
  const symbols = [...above.symbols];
  for (const symbol of below.symbols) {
    const index = symbols.indexOf(symbol);
    if (index < 0) return undefined;
    symbols.splice(index, 1);
  }
  const coefficient = above.coefficient / below.coefficient;
  return Number.isInteger(coefficient) ? join(coefficient, symbols) : undefined;
}

/** A size plus a number. */
export function plus(dimension: Dimension, amount: number): Dimension {
  if (typeof dimension === 'number') return dimension + amount;
  if (amount === 0) return dimension;
  return `(${dimension}${amount < 0 ? '-' : '+'}${Math.abs(amount)})`;
}

/** The sum of sizes. */
export function sum(dimensions: Shape): Dimension {
  const numbers = dimensions.filter((dimension) => typeof dimension === 'number');
  const total = numbers.reduce((a, b) => a + b, 0);
  const symbols = dimensions.filter((dimension) => typeof dimension === 'string');
  if (symbols.length === 0) return total;
  return plus(symbols.length === 1 ? symbols[0]! : `(${symbols.join('+')})`, total);
}

interface Factors {
  readonly coefficient: number;
  readonly symbols: readonly string[];
}

function factorise(dimensions: Shape): Factors {
  let coefficient = 1;
  const symbols: string[] = [];
  for (const dimension of dimensions) {
    if (typeof dimension === 'number') coefficient *= dimension;
    else {
      for (const factor of splitFactors(dimension)) {
        if (/^\d+$/.test(factor)) coefficient *= Number(factor);
        else symbols.push(factor);
      }
    }
  }
  return { coefficient, symbols: symbols.sort() };
}

/** Splits at the `*` that stand outside parentheses. */
function splitFactors(text: string): string[] {
  const factors = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === '*' && depth === 0) factors.push('');
    else factors[factors.length - 1] += character;
  }
  return factors;
}

function join(coefficient: number, symbols: readonly string[]): Dimension {
  if (symbols.length === 0 || coefficient === 0) return coefficient;
  return [...(coefficient === 1 ? [] : [coefficient]), ...symbols].join('*');
}
