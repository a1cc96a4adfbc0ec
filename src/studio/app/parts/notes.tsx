/** @file Remarks that are there when somebody wants them. */

import type { JSX } from 'preact';
import { formatCount } from '../words.ts';

export function Notes({
  title,
  notes,
}: {
  readonly title: string;
  readonly notes: readonly string[];
}): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <details class="notes">
      <summary>
        {formatCount(notes.length, 'note')} {title}
      </summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
