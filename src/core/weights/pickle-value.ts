/** @file What a pickle holds, and what it may name. */

/** Containers are arrays (lists, tuples, sets) and maps (dicts); other objects are those that `PickleNames` makes. */
export type PickleValue = unknown;

/** What a pickle may name: a class or a function. It is called with what stands in the tuple behind it. */
export interface PickleName {
  readonly name: string;
  call(values: readonly PickleValue[]): PickleValue;
}

export function isPickleName(value: PickleValue): value is PickleName {
  return typeof value === 'object' && value !== null && 'call' in value && 'name' in value;
}

/** What an object, or a place on the stack, takes at most, in bytes. */
export const PICKLE_OBJECT_BYTES = 96;
