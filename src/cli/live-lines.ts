/** @file Lines that change in place, below all others, on a terminal that can. */

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
  return canUpdateInPlace() ? new Screen() : undefined;
}

class Screen implements LiveLines {
  #log: ReturnType<typeof import('log-update').createLogUpdate> | undefined;
  #lines = '';
  #isShown = false;
  #lastMs = 0;

  constructor() {
    setFoot({ hide: () => this.#hide(), show: () => this.#draw() });
    // It takes longer to load than all else of the command line, and is needed here alone.
    void import('log-update').then(({ createLogUpdate }) => {
      // A process that is stopped at once would leave a hidden cursor hidden.
      this.#log = createLogUpdate(process.stderr, { showCursor: true });
      this.#draw();
    });
  }

  update(lines: readonly string[]): void {
    const isFirst = this.#lines === '';
    this.#lines = lines.map(printable).join('\n');
    const now = performance.now();
    if (!isFirst && now - this.#lastMs < EVERY_MS) return;
    this.#lastMs = now;
    this.#draw();
  }

  end(): void {
    this.#hide();
    this.#lines = '';
  }

  #draw(): void {
    if (this.#lines === '' || this.#log === undefined) return;
    this.#log(this.#lines);
    this.#isShown = true;
  }

  #hide(): void {
    if (this.#isShown) this.#log?.clear();
    this.#isShown = false;
  }
}
