/**
 * @file The manifest of a checkpoint: where a run stands, without the weights. A checksum covers all of it, and it holds the
 * checksum of the weights, so that no bit of a checkpoint can be another one unnoticed:
 *
 * ```
 * {"format":4,"sha256":"HASH OF THE FORMAT AND THE CONTENT","content":{...}}
 * ```
 */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import { CHECKPOINT_STATE, type CheckpointState, withInfinities } from '../../artifacts/checkpoint-state.ts';

/** Raised when older checkpoints cannot be gone on with. */
export const CHECKPOINT_FORMAT = 4;

export interface CheckpointManifest extends CheckpointState {
  readonly identity: string;
  /** Of the weights' file. */
  readonly weights: { readonly bytes: number; readonly sha256: string };
}

const schema: z.ZodType<CheckpointManifest> = z.strictObject({
  identity: z.string(),
  weights: z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string() }),
  ...CHECKPOINT_STATE,
});

/** The manifest's file. */
export function encodeManifest(manifest: CheckpointManifest): string {
  const content = JSON.stringify(manifest, withInfinities);
  return `{"format":${CHECKPOINT_FORMAT},"sha256":"${computeHash(CHECKPOINT_FORMAT, Buffer.from(content))}","content":${content}}\n`;
}

/**
 * @returns `damaged`, if it is no manifest, or not as it was written; `other`, if it is whole, but of another format.
 */
export function decodeManifest(bytes: Buffer): CheckpointManifest | 'damaged' | 'other' {
  const head = /^\{"format":(\d{1,9}),"sha256":"([0-9a-f]{64})","content":(?=\{)/.exec(
    bytes.toString('latin1', 0, 200),
  );
  const [start, format, sha256] = head ?? [];
  if (start === undefined) return isOfFormatTwo(bytes) ? 'other' : 'damaged';
  const content = bytes.subarray(start.length, -2);
  if (bytes.toString('latin1', bytes.length - 2) !== '}\n') return 'damaged';
  // Written out, the number itself is covered too: 03 is another one.
  if (computeHash(format!, content) !== sha256) return 'damaged';
  if (Number(format) !== CHECKPOINT_FORMAT) return 'other';
  try {
    return schema.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return 'damaged';
  }
}

/** Up to format 2, nothing covered the manifest itself. */
function isOfFormatTwo(bytes: Buffer): boolean {
  try {
    const { format, identity, sha256 } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    return typeof format === 'number' && typeof identity === 'string' && typeof sha256 === 'string';
  } catch {
    return false;
  }
}

function computeHash(format: number | string, content: Buffer): string {
  return createHash('sha256').update(`graft checkpoint ${format}\n`).update(content).digest('hex');
}
