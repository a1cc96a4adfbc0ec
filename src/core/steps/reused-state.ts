/** @file A copy of a large head's weights that nobody needs any more. */

import type { StepState } from './training-step.ts';

/** Keeps one copy until the next is made, which takes its arrays: else both would lie in memory until they are collected. */
export class ReusedState {
  #state: StepState | undefined;

  /** @param state - Its arrays may be overwritten from now on. */
  give(state: StepState): void {
    this.#state = state;
  }

  take(): StepState | undefined {
    const state = this.#state;
    this.#state = undefined;
    return state;
  }
}
