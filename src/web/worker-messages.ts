/** @file What a page and the worker that computes for it say to each other. */

import type { ErrorCode, ErrorParts } from '../core/errors/graft-error.ts';
import type { NoteEvent, TrainingEvent } from '../events/training-event.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import type { TableOfTexts, TextCheckSettings } from './check-given-texts.ts';
import type { CheckEvent, CheckSettings } from './check-images.ts';
import type { SweepEvent, SweptInPage } from './given-sweep.ts';
import type { LabeledText } from './labeled-texts.ts';
import type { ImagesByClass } from './named-images.ts';
import type { NearestSettings, NearGivenImage } from './near-images.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import type { TextSweepSettings } from './sweep-given-texts.ts';
import type { SweepSettings } from './sweep-images.ts';
import type { TextTrainingSettings } from './train-given-texts.ts';
import type { TrainedInPage, TrainingSettings } from './train-images.ts';

/** What a worker does with labeled examples. */
export interface PageWorks {
  readonly train: {
    readonly examples: ImagesByClass;
    readonly settings: TrainingSettings;
    readonly event: TrainingEvent;
    readonly result: TrainedInPage;
  };
  readonly 'train-texts': {
    readonly examples: readonly LabeledText[];
    readonly settings: TextTrainingSettings;
    readonly event: TrainingEvent;
    readonly result: TrainedInPage;
  };
  readonly sweep: {
    readonly examples: ImagesByClass;
    readonly settings: SweepSettings;
    readonly event: SweepEvent;
    readonly result: SweptInPage;
  };
  readonly 'sweep-texts': {
    readonly examples: readonly LabeledText[];
    readonly settings: TextSweepSettings;
    readonly event: SweepEvent;
    readonly result: SweptInPage;
  };
  readonly check: {
    readonly examples: ImagesByClass;
    readonly settings: CheckSettings;
    readonly event: CheckEvent;
    readonly result: CheckReport;
  };
  readonly 'check-texts': {
    readonly examples: TableOfTexts | readonly LabeledText[];
    readonly settings: TextCheckSettings;
    readonly event: CheckEvent;
    readonly result: CheckReport;
  };
  readonly nearest: {
    readonly examples: ImagesByClass;
    readonly settings: NearestSettings;
    readonly event: NoteEvent;
    readonly result: readonly NearGivenImage[];
  };
}

export type PageWork = keyof PageWorks;

/** What a worker is asked: first a work, then perhaps to stop. */
export type WorkOrder =
  | {
      readonly [W in PageWork]: {
        readonly type: W;
        readonly examples: PageWorks[W]['examples'];
        readonly settings: PageWorks[W]['settings'] & WebRuntimeOptions;
      };
    }[PageWork]
  | { readonly type: 'stop' };

/** What a worker says, `ready` first. */
export type WorkAnswer<W extends PageWork = PageWork> =
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly event: PageWorks[W]['event'] }
  | { readonly type: 'result'; readonly result: PageWorks[W]['result'] }
  | { readonly type: 'failure'; readonly failure: WorkFailure }
  /** None of its threads began: the work can be done by one. */
  | { readonly type: 'no-threads' };

/** An error on its way to another thread. */
export type WorkFailure =
  | { readonly code: ErrorCode; readonly parts: ErrorParts }
  | { readonly message: string; readonly stack: string | undefined };

/** What of the options is of the machine. */
export function runtimeOptions({
  wasmFolder,
  wasmBinary,
  kernelFolder,
  threads,
}: WebRuntimeOptions): WebRuntimeOptions {
  return { wasmFolder, wasmBinary, kernelFolder, threads };
}
