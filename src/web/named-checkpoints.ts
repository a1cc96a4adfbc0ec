/** @file The checkpoints of a training in a page, by the name that it was given, and the events that tell of them. */

import type { RunCheckpoints } from '../core/fit/run-checkpoints.ts';
import type { EpochEvents } from '../events/epoch-events.ts';
import type { TrainedReport } from '../events/trained-report.ts';
import type { NoteEvent, ResumeEvent } from '../events/training-event.ts';
import { openStoredCheckpoints, removeStoredCheckpoints } from './stored-checkpoints.ts';

export interface NamedCheckpointCalls {
  readonly emit: (event: ResumeEvent | NoteEvent) => void;
  /** Take over what was reached before. */
  readonly epochs: EpochEvents;
  /** What the examples are. */
  readonly several: 'images' | 'texts';
}

/** @returns Undefined without a name, and where the browser keeps none. */
export async function openNamedCheckpoints(
  name: string | undefined,
  { emit, epochs, several }: NamedCheckpointCalls,
): Promise<RunCheckpoints | undefined> {
  if (name === undefined) return undefined;
  return openStoredCheckpoints(name, {
    several,
    onResume: ({ earlier, fit, phase }) => {
      const ofPhase = fit.records.map((record) => ({ ...record, phase: phase + 1 }));
      const reached = epochs.resume([...earlier.records, ...ofPhase]);
      const epoch = earlier.records.length + fit.epoch;
      emit({ type: 'resume', epoch, step: fit.soFar?.step ?? 0, epochs: reached });
    },
    onFull: () => emit({ type: 'note', text: NO_CHECKPOINTS }),
  });
}

/** Forgets them once the training has come to its end: what was stopped may go on. */
export async function forgetNamedCheckpoints(
  name: string | undefined,
  ended: TrainedReport['ended'],
): Promise<void> {
  if (name !== undefined && ended !== 'interrupted') await removeStoredCheckpoints(name);
}

const NO_CHECKPOINTS =
  'the browser gives no room for checkpoints: if this is cut off, it begins at the beginning';
