/** @file The steps that edits of a table are made of, and what rows there are after them. */

import * as z from 'zod';
import type { TableRow } from './table-row.ts';

/** Of the hash of a text, which is enough to know it by. */
const HASH_DIGITS = 16;

/** Which row: how many stood before it, what it says, and how it is labeled. Another program may have moved it since. */
interface RowPlace {
  readonly at: number;
  readonly hash: string;
  readonly label: string;
}

export type TableStep =
  | { readonly op: 'label'; readonly row: RowPlace; readonly to: string }
  /** Out of the table, into the bin; and back. */
  | { readonly op: 'bin' | 'put'; readonly row: RowPlace; readonly text: string; readonly raw: string }
  /** A class that has no text yet: there, or not. */
  | { readonly op: 'make' | 'remove'; readonly className: string };

const row = z.object({ at: z.int().nonnegative(), hash: z.string(), label: z.string() });

/** How a step looks in a journal. */
export const tableStepSchema: z.ZodType<TableStep> = z.union([
  z.object({ op: z.literal('label'), row, to: z.string() }),
  z.object({ op: z.enum(['bin', 'put']), row, text: z.string(), raw: z.string() }),
  z.object({ op: z.enum(['make', 'remove']), className: z.string() }),
]);

/** How a step names a row. @param at - How many stand before it. */
export function placeOf({ hash, label }: TableRow, at: number): RowPlace {
  return { at, hash: hash.slice(0, HASH_DIGITS), label };
}

/** The steps that take others back. */
export function reversedTable(steps: readonly TableStep[]): TableStep[] {
  return steps.toReversed().map((step): TableStep => {
    if (step.op === 'label') return { op: 'label', row: { ...step.row, label: step.to }, to: step.row.label };
    if ('className' in step) return { ...step, op: step.op === 'make' ? 'remove' : 'make' };
    return { ...step, op: step.op === 'bin' ? 'put' : 'bin' };
  });
}

/** A row of the table or of the bin, with what is remembered of it beside. */
export interface Held<T> {
  readonly row: TableRow;
  readonly about: T;
}

/** What a project has besides its head: what steps change. */
export interface TableContent<T> {
  readonly rows: readonly Held<T>[];
  readonly binned: readonly Held<T>[];
  /** Classes that were made, whether they have texts or not. */
  readonly made: ReadonlySet<string>;
}

export interface TableHand<T> {
  relabel(row: TableRow, label: string): TableRow;
  /** A row that was nowhere. */
  create(raw: string, text: string, label: string): Held<T>;
}

/** What there is after steps. Rows that are gone, or have another label by now, are left as they are. */
export function afterSteps<T>(
  content: TableContent<T>,
  steps: readonly TableStep[],
  hand: TableHand<T>,
): {
  readonly content: TableContent<T>;
  readonly changed: number;
  /** Rows that were not found, by how many stood before them. */
  readonly missing: readonly number[];
} {
  const rows: (Held<T> | undefined)[] = [...content.rows];
  const added: { at: number; held: Held<T> }[] = [];
  const bin = new Bin(content.binned);
  const made = new Set(content.made);
  const missing: number[] = [];
  const places = new RowPlaces(content.rows.map(({ row }) => row));
  let changed = 0;
  for (const step of steps) {
    if ('className' in step) {
      if (step.op === 'make') made.add(step.className);
      else made.delete(step.className);
    } else if (step.op === 'put') {
      const held = bin.take(step.raw, step.row.label) ?? hand.create(step.raw, step.text, step.row.label);
      added.push({ at: step.row.at, held });
      changed++;
    } else {
      const at = places.find(step.row);
      const held = at === undefined ? undefined : rows[at];
      if (at === undefined || held === undefined) {
        missing.push(step.row.at);
        continue;
      }
      changed++;
      if (step.op === 'label') rows[at] = { ...held, row: hand.relabel(held.row, step.to) };
      else {
        rows[at] = undefined;
        bin.add(held);
      }
    }
  }
  return { content: { rows: withAdded(rows, added), binned: bin.all, made }, changed, missing };
}

/** What all steps of a project leave that its table does not tell. */
export function besideRows<T>(
  steps: readonly TableStep[],
  create: TableHand<T>['create'],
): Pick<TableContent<T>, 'binned' | 'made'> {
  const bin = new Bin<T>([]);
  const made = new Set<string>();
  for (const step of steps) {
    if (step.op === 'make') made.add(step.className);
    if (step.op === 'remove') made.delete(step.className);
    if (step.op === 'bin') bin.add(create(step.raw, step.text, step.row.label));
    if (step.op === 'put') bin.take(step.raw, step.row.label);
  }
  return { binned: bin.all, made };
}

/** Puts rows to where they were, as far as that can be told. */
function withAdded<T>(
  rows: readonly (Held<T> | undefined)[],
  added: readonly { readonly at: number; readonly held: Held<T> }[],
): Held<T>[] {
  const kept = rows.flatMap((held) => held ?? []);
  const sorted = added.toSorted((a, b) => a.at - b.at);
  const all: Held<T>[] = [];
  let next = 0;
  for (const { at, held } of sorted) {
    while (next < kept.length && all.length < at) all.push(kept[next++]!);
    all.push(held);
  }
  // Not by spread: a call takes some ten thousand values.
  while (next < kept.length) all.push(kept[next++]!);
  return all;
}

/** Rows that were taken out, by what they are. */
class Bin<T> {
  readonly #held = new Map<string, Held<T>[]>();

  constructor(held: readonly Held<T>[]) {
    for (const each of held) this.add(each);
  }

  get all(): Held<T>[] {
    return [...this.#held.values()].flat();
  }

  add(held: Held<T>): void {
    const key = keyOf(held.row.raw, held.row.label);
    this.#held.set(key, [...(this.#held.get(key) ?? []), held]);
  }

  take(raw: string, label: string): Held<T> | undefined {
    const key = keyOf(raw, label);
    const [last, ...others] = (this.#held.get(key) ?? []).toReversed();
    if (others.length === 0) this.#held.delete(key);
    else this.#held.set(key, others.toReversed());
    return last;
  }
}

function keyOf(raw: string, label: string): string {
  return `${label}\n${raw}`;
}

/** Finds rows by what they say, each once. */
class RowPlaces {
  readonly #rows: readonly TableRow[];
  readonly #used = new Set<number>();
  #byHash: Map<string, number[]> | undefined;

  constructor(rows: readonly TableRow[]) {
    this.#rows = rows;
  }

  find({ at, hash, label }: RowPlace): number | undefined {
    const is = (index: number): boolean => {
      const row = this.#rows[index];
      return row?.hash.startsWith(hash) === true && row.label === label && !this.#used.has(index);
    };
    // Only where the table has changed since, all of it is looked through.
    const found = is(at) ? at : this.#nearest(at, hash, is);
    if (found !== undefined) this.#used.add(found);
    return found;
  }

  #nearest(at: number, hash: string, is: (index: number) => boolean): number | undefined {
    this.#byHash ??= placesByHash(this.#rows);
    const places = (this.#byHash.get(hash) ?? []).filter(is);
    return places.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
  }
}

function placesByHash(rows: readonly TableRow[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  rows.forEach(({ hash }, index) => {
    const key = hash.slice(0, HASH_DIGITS);
    const known = places.get(key);
    if (known === undefined) places.set(key, [index]);
    else known.push(index);
  });
  return places;
}
