/** @file What an operator of a file that becomes several in a graph is made with. */

import type { Value } from '../graph/graph.ts';
import type { OpAttributes, OpType } from '../graph/operators.ts';

/** What a decomposition sees of its node, and builds with. Values go by their names. */
export interface Composer {
  /** Names of the node's outputs; an absent one is empty. The decomposition makes them. */
  readonly outputs: readonly string[];
  /** How many inputs there are, absent ones at the end left out. */
  readonly inputCount: number;
  /** The name of an input; undefined if it is absent. */
  optional(index: number): string | undefined;
  /** The name of an input that must be there. */
  required(index: number, what: string): string;
  value(name: string): Value;
  /** The integers in a value, as far as they are known while the graph is read. */
  known(name: string): readonly (number | string)[] | undefined;
  int(attribute: string, fallback: number): number;
  float(attribute: string, fallback: number): number;
  text(attribute: string, fallback: string): string;
  ints(attribute: string): readonly number[] | undefined;
  /** Adds an operator; with `output`, under that name. Returns the name of its first output. */
  op<K extends OpType>(
    op: K,
    inputs: readonly string[],
    attributes?: OpAttributes[K] | undefined,
    output?: string,
  ): string;
  scalar(value: number): string;
  integers(values: readonly number[]): string;
  /** The error of a node that the decomposition does not cover. */
  refuse(expected: string, received: string): Error;
}
