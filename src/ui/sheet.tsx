/** @file What opens over the page, by HTML's own popover: no script, Escape closes it, and so does a click beside it. */

import type { ComponentChildren, JSX } from 'preact';

export interface SheetProps {
  /** Letters, digits, hyphens; an {@link Opener} has the same. */
  readonly id: string;
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Sheet({ id, title, children }: SheetProps): JSX.Element {
  return (
    <div class="sheet" id={id} popover="auto" role="dialog" aria-labelledby={`${id}-title`}>
      <div class="sheet-head">
        <h3 id={`${id}-title`}>{title}</h3>
        <button class="close" type="button" popovertarget={id} popovertargetaction="hide">
          Close
        </button>
      </div>
      {children}
    </div>
  );
}

export interface OpenerProps {
  /** The sheet's id. */
  readonly opens: string;
  /** Read out instead of what is inside. */
  readonly label?: string | undefined;
  readonly class?: string | undefined;
  readonly style?: string | undefined;
  readonly children: ComponentChildren;
}

export function Opener({
  opens,
  label,
  class: name = 'opener link',
  style,
  children,
}: OpenerProps): JSX.Element {
  return (
    <button type="button" class={name} style={style} popovertarget={opens} aria-label={label}>
      {children}
    </button>
  );
}
