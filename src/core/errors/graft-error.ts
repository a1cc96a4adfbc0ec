/** @file The one error class of Graft, and the wording that every message follows. */

import { visible } from './visible-text.ts';

/** What went wrong, for programs. The wording is for people and may change; codes do not. */
export type ErrorCode =
  | 'argument'
  | 'shape'
  | 'graph'
  | 'gradient'
  | 'layer-not-found'
  | 'weights'
  | 'model-file'
  | 'file-not-found'
  | 'file-exists'
  | 'file-write'
  | 'image'
  | 'dataset'
  | 'download'
  | 'memory'
  | 'cache'
  | 'checkpoint'
  | 'not-a-number'
  | 'runtime'
  | 'interrupted'
  | 'contract';

/** The parts of a message: `<where>: expected <expected>, received <received>. <advice>`. */
export interface ErrorParts {
  /** What complains, with the name of the thing: `layer "Conv1"`, `weights "base.h5"`. */
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  /** What the person can do, one sentence with its full stop. */
  readonly advice: string;
}

/** A mistake or fault that Graft understands and explains. Anything else that is thrown is a bug. */
export class GraftError extends Error {
  readonly code: ErrorCode;
  readonly parts: ErrorParts;

  constructor(code: ErrorCode, parts: ErrorParts, options?: ErrorOptions) {
    // Names in it are from outside, and whoever prints it prints it as it is.
    super(
      visible(`${parts.where}: expected ${parts.expected}, received ${parts.received}. ${parts.advice}`),
      options,
    );
    this.name = 'GraftError';
    this.code = code;
    this.parts = parts;
  }
}
