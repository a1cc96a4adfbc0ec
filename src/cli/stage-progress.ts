/** @file Progress of one stage that a command counts itself. */

import { createLiveLines } from './live-lines.ts';
import { type Counted, StageDisplay } from './stage-display.ts';
import { setFoot } from './terminal.ts';

export interface StageProgress {
  update(done: number): void;
  /** Says what was done. Only the first call counts. */
  stop(): void;
  /** Says nothing more. */
  abandon(): void;
}

/** Starts to count. @param total - Of the unit: of bytes, too. */
export function startProgress(label: string, total: number, unit: Counted['unit']): StageProgress {
  const live = createLiveLines();
  const display = new StageDisplay(live);
  const started = performance.now();
  const counted = (): Counted => ({ done, unit, seconds: (performance.now() - started) / 1000 });
  let done = 0;
  let isRunning = true;
  const end = (): void => {
    isRunning = false;
    live?.end();
    setFoot(undefined);
  };
  return {
    update(now) {
      done = now;
      if (isRunning) display.progress(label, { ...counted(), total });
    },
    stop() {
      if (!isRunning) return;
      display.end(label, counted());
      end();
    },
    abandon: end,
  };
}
