/** @file A use case as a command runs it: its events are printed as they come, and Ctrl-C asks it to stop. */

import type { EventListener } from '../use-cases/run-event.ts';
import { createPrinter, type OutputFlags, type PrinterOptions } from './event-printer.ts';
import { interruptible } from './interruption.ts';

export interface RunOptions extends PrinterOptions {
  /** What Ctrl-C is answered with: `Stopping after this step.` */
  readonly stopping: string;
}

/** What a command hands to a use case. */
export interface Heard {
  readonly signal: AbortSignal;
  readonly onEvent: EventListener;
}

/** Does the work, and takes away what is on the screen however it ends. @throws What the work throws. */
export async function runUseCase(
  flags: OutputFlags,
  { stopping, ...options }: RunOptions,
  work: (heard: Heard) => Promise<void>,
): Promise<void> {
  const { signal, release } = interruptible(stopping);
  const printer = createPrinter(flags, options);
  try {
    await work({ signal, onEvent: printer.onEvent });
  } finally {
    printer.close();
    release();
  }
}
