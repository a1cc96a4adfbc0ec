/** @file For `toThrow`: an error whose whole message is this. */

import { expect } from 'vitest';

/** Matches an error of exactly this message, whatever else it carries. */
export function withMessage(message: string): Error {
  return expect.objectContaining({ message }) as Error;
}
