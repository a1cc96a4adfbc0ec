/** @file What a run needs of the place where its checkpoints lie. */

import type { FitState, FitStateView } from './fit-state.ts';
import type { EpochRecord } from './history.ts';

/** What the phases before the present one came to. */
export interface EarlierPhases {
  readonly records: readonly EpochRecord[];
  /** Counted over all phases; 0 before the first. */
  readonly bestEpoch: number;
  /** The monitored metric of the best epoch; undefined before the first. */
  readonly bestValue: number | undefined;
}

/** Where a run stands. */
export interface Checkpoint<Fit = FitState> {
  /** From 0. */
  readonly phase: number;
  readonly earlier: EarlierPhases;
  readonly fit: Fit;
}

export interface RunCheckpoints {
  /** Whether there may be one to go on from. */
  readonly resumes: boolean;
  /**
   * The newest checkpoint that is whole; undefined to begin at the beginning. Asked for only where it {@link resumes}.
   *
   * @param identity - What is trained, on what, and how.
   * @throws {GraftError} `checkpoint`, if it is of another training.
   */
  resume(identity: string): Promise<Checkpoint | undefined>;
  isDue(atEpochEnd: boolean): boolean;
  /** @throws {GraftError} `file-write`; the checkpoints before it are as they were. */
  save(identity: string, checkpoint: Checkpoint<FitStateView>): Promise<void>;
}
