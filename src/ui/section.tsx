/** @file A part of a page with its heading. */

import type { ComponentChildren, JSX } from 'preact';

export interface SectionProps {
  /** Letters, digits, hyphens; the list of contents points there. */
  readonly id: string;
  readonly title: string;
  /** A sentence below the heading. */
  readonly note?: ComponentChildren | undefined;
  readonly children: ComponentChildren;
}

export function Section({ id, title, note, children }: SectionProps): JSX.Element {
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {note === undefined ? null : <p>{note}</p>}
      </header>
      {children}
    </section>
  );
}
