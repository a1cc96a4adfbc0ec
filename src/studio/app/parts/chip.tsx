/** @file One of several that can be chosen. */

import type { ComponentChildren, JSX } from 'preact';

export interface ChipProps {
  readonly isOn: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

export function Chip({ isOn, onPress, children }: ChipProps): JSX.Element {
  return (
    <button type="button" class={isOn ? 'chip on' : 'chip'} aria-pressed={isOn} onClick={onPress}>
      {children}
    </button>
  );
}
