/** @file Numbers of things with names, as bars. */

import type { ComponentChildren, JSX } from 'preact';

export interface BarListProps {
  readonly bars: readonly {
    readonly name: ComponentChildren;
    readonly value: number;
    /** What stands behind the bar. */
    readonly text: string;
    readonly color?: 'clay' | undefined;
  }[];
}

export function BarList({ bars }: BarListProps): JSX.Element {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  return (
    <div class="bars">
      {bars.flatMap(({ name, value, text, color }, index) => [
        <span key={`name-${index}`}>{name}</span>,
        <span
          key={`bar-${index}`}
          class={color === 'clay' ? 'bar clay' : 'bar'}
          style={`width: ${Math.round((value / most) * 1000) / 10}%`}
        />,
        <span key={`text-${index}`} class="number">
          {text}
        </span>,
      ])}
    </div>
  );
}
