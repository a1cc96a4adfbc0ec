/** @file The checkpoints of a run in its folder. */

import { VERSION } from '../../artifacts/graft-version.ts';
import type { EpochRecord } from '../../core/fit/history.ts';
import type { RunCheckpoints } from '../../core/fit/run-checkpoints.ts';
import { CheckpointTimes } from '../../runs/checkpoint-times.ts';
import { type PassedOver, readNewestCheckpoint, writeCheckpoint } from './checkpoint.ts';

/** An epoch's end is no occasion sooner than this after the last checkpoint. */
const MIN_SECONDS = 5;

/** How often checkpoints of a run are written, and who hears of it. */
export interface RunCheckpointOptions {
  /** Whether to look for one to go on from. */
  readonly resume: boolean;
  /** Between checkpoints in the middle of an epoch; 0 writes one after every step. Default 300. */
  readonly everySeconds?: number | undefined;
  /** Hears of each checkpoint that is passed over, because it is damaged or of another training. */
  readonly onTorn?: (file: string, passed: PassedOver) => void;
  /** Asked before each checkpoint is written: what it throws ends the training. */
  readonly beforeSave?: () => Promise<void>;
  /** Hears of the one that the run resumes from. @param records - Of the epochs before, each with its phase. */
  readonly onResume?: (epoch: number, step: number, records: readonly EpochRecord[]) => void;
}

/** Checkpoints in a run's folder. */
export function runCheckpoints(run: string, options: RunCheckpointOptions): RunCheckpoints {
  const { everySeconds = 300, onTorn, onResume, beforeSave } = options;
  const times = new CheckpointTimes({ everySeconds, minSeconds: MIN_SECONDS });
  return {
    resumes: options.resume,
    async resume(identity) {
      const found = await readNewestCheckpoint(run, versioned(identity), onTorn);
      if (found !== undefined) {
        const { earlier, fit, phase } = found;
        const ofPhase = fit.records.map((record) => ({ ...record, phase: phase + 1 }));
        const records = [...earlier.records, ...ofPhase];
        onResume?.(earlier.records.length + fit.epoch, fit.soFar?.step ?? 0, records);
      }
      times.begin();
      return found;
    },
    isDue: (atEpochEnd) => times.isDue(atEpochEnd),
    async save(identity, checkpoint) {
      await beforeSave?.();
      await times.write(() => writeCheckpoint(run, versioned(identity), checkpoint));
    },
  };
}

/** Another version may compute other bits from the same state. */
function versioned(identity: string): string {
  return `${VERSION} ${identity}`;
}
