/** @file A table of facts. Where it is wider than the screen, it scrolls by itself, with keys too. */

import type { ComponentChildren, JSX } from 'preact';

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean | undefined;
}

export interface DataTableProps {
  /** What the table is: read out, not shown. */
  readonly label: string;
  /** The first names the row. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ComponentChildren[])[];
}

export function DataTable({ label, columns, rows }: DataTableProps): JSX.Element {
  const classOf = (index: number): string | undefined => (columns[index]?.isNumber ? 'number' : undefined);
  return (
    <Scroll label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ title }, index) => (
              <th key={title} scope="col" class={classOf(index)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th key="name" scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={columns[index]?.title} class={classOf(index)}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What may be wider than the screen. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="scroll" aria-label={label} tabindex={0}>
      {children}
    </section>
  );
}
