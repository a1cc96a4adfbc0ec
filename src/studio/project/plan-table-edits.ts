/** @file What an edit of a table does to its rows, before anything is done: the steps of relabeling, of the bin, of adding. */

import type { TableRow } from './table-row.ts';
import { type Held, placeOf, type TableContent, type TableStep } from './table-steps.ts';

/** Another label for some rows. */
export function relabelRows<T>(
  { rows }: TableContent<T>,
  which: (held: Held<T>) => boolean,
  to: string,
): TableStep[] {
  return rows.flatMap((held, at): TableStep[] =>
    which(held) && held.row.label !== to ? [{ op: 'label', row: placeOf(held.row, at), to }] : [],
  );
}

/** Some rows into the bin. */
export function binRows<T>({ rows }: TableContent<T>, which: (held: Held<T>) => boolean): TableStep[] {
  return rows.flatMap((held, at): TableStep[] => {
    const { row } = held;
    return which(held) ? [{ op: 'bin', row: placeOf(row, at), text: row.text, raw: row.raw }] : [];
  });
}

/** Rows behind the last one. */
export function addRows<T>({ rows }: TableContent<T>, added: readonly TableRow[]): TableStep[] {
  return added.map((row, index) => {
    return { op: 'put', row: placeOf(row, rows.length + index), text: row.text, raw: row.raw };
  });
}

/** A class that was made goes; another one comes in its place. */
export function removeMade<T>({ made }: TableContent<T>, from: string, to?: string): TableStep[] {
  if (!made.has(from)) return [];
  const comes = to !== undefined && !made.has(to);
  return [{ op: 'remove', className: from }, ...(comes ? [{ op: 'make' as const, className: to }] : [])];
}
