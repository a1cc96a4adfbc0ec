/** @file What a page and the worker that trains for it say to each other. */

import type { ErrorCode, ErrorParts } from '../core/errors/graft-error.ts';
import type { TrainingEvent } from '../events/training-event.ts';
import type { ImagesByClass } from './image-classes.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import type { TrainedInPage, TrainingSettings } from './train-images.ts';

/** What a worker is asked: first to train, then perhaps to stop. */
export type TrainingOrder =
  | {
      readonly type: 'train';
      readonly images: ImagesByClass;
      readonly settings: TrainingSettings & WebRuntimeOptions;
    }
  | { readonly type: 'stop' };

/** What a worker says. */
export type TrainingAnswer =
  | { readonly type: 'event'; readonly event: TrainingEvent }
  | { readonly type: 'result'; readonly result: TrainedInPage }
  | { readonly type: 'failure'; readonly failure: TrainingFailure };

/** An error on its way to another thread. */
export type TrainingFailure =
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
