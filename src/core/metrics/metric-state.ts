/** @file The numbers of a metric's columns, one after another, and back. */

/** @param fields - All numbers of a column. @returns Those of the first column, then those of the second, and so on. */
export function stateOf<Field extends string>(
  columns: readonly Readonly<Record<Field, number>>[],
  fields: readonly Field[],
): Float64Array {
  return Float64Array.from(columns.flatMap((column) => fields.map((field) => column[field])));
}

/** The columns of a {@link stateOf}. */
export function restored<Field extends string>(
  state: Float64Array,
  fields: readonly Field[],
): Record<Field, number>[] {
  return Array.from(
    { length: state.length / fields.length },
    (_, column) =>
      Object.fromEntries(fields.map((field, i) => [field, state[column * fields.length + i]!])) as Record<
        Field,
        number
      >,
  );
}
