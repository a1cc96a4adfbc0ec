/** @file A check of the project's images as the pages see it: how far it is, and what it found. */

import type { ProgressEvent } from '../../events/training-event.ts';

/** What a check finds, in the order in which it is worth a look. */
export const FINDING_KINDS = ['label', 'leak', 'duplicate', 'outlier', 'fault'] as const;
/**
 * `label`: likely a wrong one. `leak`: duplicates in several parts of the data, or of several classes. `outlier`: like no other.
 * `fault`: dark, blurred, unreadable and the like.
 */
export type FindingKind = (typeof FINDING_KINDS)[number];

/** How far the check of a project is, and what it found. */
export interface CheckState {
  readonly status: 'none' | 'running' | 'there' | 'failed';
  readonly progress: ProgressEvent | null;
  readonly error: string | null;
  /** Images that still are what was found: a label that was mended counts no more. */
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** Images that were checked. */
  readonly images: number;
  /** Images that were added since. */
  readonly unchecked: number;
  /** What else a person should know, in sentences. */
  readonly warnings: readonly string[];
}
