/** @file What the spaces of an opened cache share: room under the limit, open files, and what went wrong. */

import { utimesSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { OpenValues } from './open-values.ts';
import { listAllSegments, removeSegment, type SegmentFiles, VALUES } from './segment-files.ts';
import { dropRows } from './segment-index.ts';

/** Segments are smaller where the limit is small, so that what is removed to make room is never much. */
const MAX_SEGMENT_BYTES = 64e6;
const MIN_SEGMENTS = 16;

/** The cache never takes the last of a disk: the model must fit on it at the end. At most this share, and this much. */
const FREE_FRACTION = 0.05;
const MAX_FREE_BYTES = 256e6;
/** The disk is asked again when so much was written. */
const ASK_AFTER_BYTES = 8e6;

/** What a run uses is marked on the disk so often, so that other runs that need room spare it. */
const MARK_AFTER_MS = 5 * 60 * 1000;

export interface CacheStoreOptions {
  readonly folder: string;
  readonly limitBytes: number;
  /** No file is made, changed or removed. */
  readonly readOnly: boolean;
  readonly onProblem: (problem: GraftError) => void;
}

export class CacheStore {
  readonly folder: string;
  readonly limitBytes: number;
  readonly segmentBytes: number;
  readonly values: OpenValues = new OpenValues();
  readonly #readOnly: boolean;
  readonly #onProblem: (problem: GraftError) => void;
  /** Keys of the spaces that this run works with. */
  readonly #openSpaces = new Set<string>();
  /** Segments that this run wrote or found something in, and when they were last marked: they are not removed to make room. */
  readonly #used = new Map<string, number>();
  /** Segments that were removed while this cache was open. */
  readonly #removed = new Set<string>();
  #problem: GraftError | undefined;
  /** Bytes of all segments, as last counted, and what was written since. */
  #bytes = Number.POSITIVE_INFINITY;
  /** What may still be written to the disk, and what was written, since it was asked. */
  #allowedBytes = 0;
  #unaskedBytes = 0;

  constructor({ folder, limitBytes, readOnly, onProblem }: CacheStoreOptions) {
    this.folder = folder;
    this.#readOnly = readOnly;
    this.limitBytes = limitBytes;
    this.segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.floor(limitBytes / MIN_SEGMENTS));
    this.#onProblem = onProblem;
  }

  /** Why nothing more is written. */
  get problem(): GraftError | undefined {
    return this.#problem;
  }

  /** Nothing is written from now on. Only the first reason counts, and is told. */
  stop(problem: GraftError): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#onProblem(problem);
  }

  stopFor(cause: unknown): void {
    this.stop(placeProblem(this.folder, cause));
  }

  isRemoved(base: string): boolean {
    return this.#removed.has(base);
  }

  /** This run works with a space: what is in it goes last when room is made, found already or not. */
  worksWith(spaceKey: string): void {
    this.#openSpaces.add(spaceKey);
  }

  /** Marks a segment as used by this run; on the disk too, every few minutes. */
  use(base: string): void {
    const now = Date.now();
    if (this.#readOnly || now - (this.#used.get(base) ?? Number.NEGATIVE_INFINITY) < MARK_AFTER_MS) return;
    this.#used.set(base, now);
    try {
      utimesSync(base + VALUES, now / 1000, now / 1000);
    } catch {
      // It is gone, or may not be changed: that it was used matters little then.
    }
  }

  /** Removes a segment whose index cannot be read. */
  async removeDamaged(base: string): Promise<void> {
    if (!this.#readOnly) await removeSegment(base);
  }

  /** Takes damaged rows out of a segment. */
  async dropRows(base: string, rows: readonly number[]): Promise<void> {
    if (!this.#readOnly) await dropRows(base, rows);
  }

  /**
   * Makes room for so many bytes, by removing segments that no run used for longest: first those of spaces that this run
   * does not work with.
   *
   * @throws {GraftError} `cache`, if there is none: everything is in use by this run, or the disk is nearly full.
   */
  async makeRoom(bytes: number): Promise<void> {
    if (this.#bytes + bytes > this.limitBytes) await this.recount(bytes);
    if (this.#bytes + bytes > this.limitBytes) {
      throw new GraftError('cache', {
        where: `feature cache "${this.folder}"`,
        expected: `features of one run within its limit of ${sizeText(this.limitBytes)}`,
        received: 'a run that needs more',
        advice: 'What is beyond is not kept. GRAFT_CACHE_LIMIT raises the limit.',
      });
    }
    if (bytes > this.#allowedBytes || this.#unaskedBytes > ASK_AFTER_BYTES) await this.#askDisk(bytes);
    this.#bytes += bytes;
    this.#allowedBytes -= bytes;
    this.#unaskedBytes += bytes;
  }

  /** Counts what is there, and removes segments until `bytes` more fit, as far as possible. */
  async recount(bytes = 0): Promise<void> {
    const segments = await listAllSegments(this.folder);
    this.#bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const isOpen = ({ spaceKey }: SegmentFiles): number => (this.#openSpaces.has(spaceKey) ? 1 : 0);
    const unused = segments
      .filter(({ base }) => !this.#used.has(base))
      .sort((a, b) => isOpen(a) - isOpen(b) || a.lastUsedMs - b.lastUsedMs || (a.base < b.base ? -1 : 1));
    for (const segment of unused) {
      if (this.#bytes + bytes <= this.limitBytes) return;
      await this.#remove(segment.base);
      this.#bytes -= segment.bytes;
    }
  }

  async #remove(base: string): Promise<void> {
    this.#removed.add(base);
    this.values.close(base);
    await removeSegment(base);
  }

  async #askDisk(bytes: number): Promise<void> {
    // Somebody may have removed it.
    await makeFolder(this.folder);
    const disk = await statfs(this.folder);
    const kept = Math.min(MAX_FREE_BYTES, disk.blocks * disk.bsize * FREE_FRACTION);
    this.#allowedBytes = disk.bavail * disk.bsize - kept;
    this.#unaskedBytes = 0;
    if (bytes > this.#allowedBytes) {
      throw placeProblem(this.folder, Object.assign(new Error('No room'), { code: 'ENOSPC' }));
    }
  }
}

/** A place that cannot be used as it should. */
function placeProblem(folder: string, cause: unknown): GraftError {
  const { code } = cause as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = isFull ? 'Make room: graft cache clear empties it.' : 'GRAFT_HOME chooses another place.';
  return storageError(`feature cache "${folder}"`, cause, `No more features are kept. ${remedy}`, 'cache');
}
