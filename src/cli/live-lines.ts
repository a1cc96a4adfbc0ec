/** @file Lines that change in place, below all others, on a terminal that can. */

import { createLogUpdate } from 'log-update';
import { canUpdateInPlace, printable, setFoot } from './terminal.ts';

export interface LiveLines {
  /** Shows them in the place of those before. Each fits the terminal. */
  update(lines: readonly string[]): void;
  /** Takes them away. */
  end(): void;
}

/** A screen is not looked at more often. */
const EVERY_MS = 50;

/** @returns Undefined where lines cannot change: what is said there has to be said in lines that stay. */
export function createLiveLines(): LiveLines | undefined {
  if (!canUpdateInPlace()) return undefined;
  // A process that is stopped at once would leave a hidden cursor hidden.
  const screen = createLogUpdate(process.stderr, { showCursor: true });
  let shown = '';
  let lastMs = 0;
  const draw = (): void => {
    if (shown !== '') screen(shown);
  };
  setFoot({ hide: () => shown !== '' && screen.clear(), show: draw });
  return {
    update(lines) {
      const isFirst = shown === '';
      shown = lines.map(printable).join('\n');
      const now = performance.now();
      if (!isFirst && now - lastMs < EVERY_MS) return;
      lastMs = now;
      draw();
    },
    end() {
      if (shown !== '') screen.clear();
      shown = '';
    },
  };
}
