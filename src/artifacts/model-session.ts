/** @file The session of a model file. */

import { GraftError } from '../core/errors/graft-error.ts';
import { createSession } from '../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { Session } from '../core/runtime/session.ts';
import { modelFileError } from './model-info.ts';

export interface ModelSessionOptions extends RuntimeOptions {
  /** Processor threads of one run, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
}

/** What messages advise where a file was right when it was written. */
export const CHANGED_ADVICE = 'The file was changed after it was written: train again, or use another copy.';

/** @throws {GraftError} `model-file`, if ONNX Runtime does not take it. */
export async function openModelSession(
  { path, bytes }: { readonly path: string; readonly bytes: Uint8Array },
  options: ModelSessionOptions,
): Promise<Session> {
  try {
    return await createSession(bytes, { ...options, mayApproximate: true });
  } catch (cause) {
    if (!(cause instanceof GraftError)) throw cause;
    const expected = 'a graph that ONNX Runtime can run';
    throw modelFileError(path, expected, cause.parts.received, CHANGED_ADVICE, cause);
  }
}
