/** @file A few facts side by side: a number large, what it is below it. */

import type { ComponentChildren, JSX } from 'preact';

export interface Fact {
  /** What it is. */
  readonly label: string;
  readonly value: ComponentChildren;
  /** Smaller, below: an interval, a baseline. */
  readonly detail?: ComponentChildren | undefined;
  /** Words rather than a number. */
  readonly isText?: boolean | undefined;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(({ label, value, detail, isText }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={isText ? 'text' : undefined}>{value}</dd>
          {detail === undefined ? null : <dd class="detail">{detail}</dd>}
        </div>
      ))}
    </dl>
  );
}
