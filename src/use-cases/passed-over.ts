/** @file What is said of a checkpoint that cannot be gone on from. */

import type { PassedOver } from '../node/artifacts/checkpoint.ts';

/** What becomes of a checkpoint that is no use, and of the run. */
export function passedOver(file: string, { reason, hasEarlier }: PassedOver): string {
  return `${file} is ${reason}; ${hasEarlier ? 'taking the checkpoint before it' : 'there is none before it, so the run begins anew'}.`;
}
