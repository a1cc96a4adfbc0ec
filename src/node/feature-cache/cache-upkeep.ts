/** @file What is in the cache, whether it is sound, and emptying it. */

import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeOwnFolder } from '../files/own-files.ts';
import { readFully } from '../files/read-fully.ts';
import type { CacheStore } from './cache-store.ts';
import { crc32 } from './checksum.ts';
import {
  listSegments,
  listSpaces,
  type SegmentFiles,
  SPACE_FILES,
  spacesFolder,
  VALUES,
} from './segment-files.ts';
import { locateEntry } from './segment-format.ts';
import { readIndex, type SegmentIndex } from './segment-index.ts';

export interface SpaceInfo {
  readonly key: string;
  /** As given to `space`; empty where it cannot be read. */
  readonly about: Readonly<Record<string, string | number>>;
  readonly entries: number;
  readonly segments: number;
  readonly bytes: number;
  /** ISO 8601, or null for a space without segments. */
  readonly lastUsed: string | null;
}

export interface CacheInfo {
  readonly folder: string;
  readonly limitBytes: number;
  readonly bytes: number;
  readonly entries: number;
  /** Last used first. */
  readonly spaces: readonly SpaceInfo[];
}

export interface VerifyReport {
  readonly folder: string;
  readonly spaces: number;
  readonly segments: number;
  /** Entries that are sound. */
  readonly entries: number;
  readonly bytes: number;
  /** Entries that were not, and were taken out (where the cache may be changed): they will be computed anew. */
  readonly damagedEntries: number;
  /** Segments whose index could not be read at all, and that were removed (likewise). */
  readonly removedSegments: number;
}

/** Values that are checked at once. */
const CHUNK_BYTES = 4e6;

export async function readCacheInfo(folder: string, limitBytes: number): Promise<CacheInfo> {
  const spaces: SpaceInfo[] = [];
  for (const key of await listSpaces(folder)) {
    const segments = await listSegments(folder, key);
    let entries = 0;
    for (const { base } of segments) {
      const index = await readIndex(base);
      if (typeof index !== 'string') entries += index.rows.length;
    }
    const lastUsedMs = Math.max(...segments.map((segment) => segment.lastUsedMs));
    spaces.push({
      key,
      about: await readAbout(join(spacesFolder(folder), key, 'about.json')),
      entries,
      segments: segments.length,
      bytes: bytesOf(segments),
      lastUsed: segments.length === 0 ? null : new Date(lastUsedMs).toISOString(),
    });
  }
  spaces.sort((a, b) => ((a.lastUsed ?? '') < (b.lastUsed ?? '') ? 1 : -1));
  return {
    folder,
    limitBytes,
    bytes: spaces.reduce((sum, { bytes }) => sum + bytes, 0),
    entries: spaces.reduce((sum, { entries }) => sum + entries, 0),
    spaces,
  };
}

export async function verifyCache(
  store: CacheStore,
  onProgress: (doneBytes: number, bytes: number) => void = () => {},
): Promise<VerifyReport> {
  const { folder } = store;
  const spaces = await listSpaces(folder);
  const segments = (await Promise.all(spaces.map((key) => listSegments(folder, key)))).flat();
  const bytes = bytesOf(segments);
  let entries = 0;
  let damagedEntries = 0;
  let removedSegments = 0;
  let doneBytes = 0;
  for (const segment of segments) {
    const index = await readIndex(segment.base);
    if (index === 'damaged') {
      await store.removeDamaged(segment.base);
      removedSegments += 1;
    } else if (typeof index !== 'string') {
      const bad = [...index.lost, ...damagedRows(segment.base, index)];
      if (bad.length > 0) await store.dropRows(segment.base, index.header, bad);
      damagedEntries += bad.length;
      entries += index.rows.length + index.lost.length - bad.length;
    }
    doneBytes += segment.bytes;
    onProgress(doneBytes, bytes);
  }
  return {
    folder,
    spaces: spaces.length,
    segments: segments.length,
    entries,
    bytes,
    damagedEntries,
    removedSegments,
  };
}

/** @param spaceKey - Or else everything. Files that are none of the cache's stay. */
export async function clearCache(
  folder: string,
  spaceKey?: string,
): Promise<{ spaces: number; bytes: number }> {
  const spaces = (await listSpaces(folder)).filter((key) => spaceKey === undefined || key === spaceKey);
  let bytes = 0;
  for (const key of spaces) {
    bytes += bytesOf(await listSegments(folder, key));
    await removeOwnFolder(join(spacesFolder(folder), key), SPACE_FILES);
  }
  return { spaces: spaces.length, bytes };
}

/** Rows whose values are not what their checksum says. A file that vanished has none. */
function damagedRows(base: string, { header, bytes, rows, checksums }: SegmentIndex): number[] {
  const bad: number[] = [];
  let descriptor: number;
  try {
    descriptor = openSync(base + VALUES, 'r');
  } catch {
    return bad;
  }
  try {
    let chunk = new Uint8Array(0);
    for (let i = 0; i < rows.length; ) {
      // As many as follow one another; of what was dropped in between, the values are read too.
      const { offset: start } = locateEntry(bytes, rows[i]!, header);
      let [end, next] = [start, i];
      for (; next < rows.length; next++) {
        const { offset, length } = locateEntry(bytes, rows[next]!, header);
        if (next > i && (offset < end || offset + length - start > CHUNK_BYTES)) break;
        end = offset + length;
      }
      if (chunk.length < end - start) chunk = new Uint8Array(Math.max(end - start, CHUNK_BYTES));
      const found = readFully(descriptor, chunk.subarray(0, end - start), start);
      for (; i < next; i++) {
        const { offset, length } = locateEntry(bytes, rows[i]!, header);
        const [from, to] = [offset - start, offset - start + length];
        if (to > found || crc32(chunk.subarray(from, to)) !== checksums[i]!) bad.push(rows[i]!);
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return bad;
}

async function readAbout(path: string): Promise<SpaceInfo['about']> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as SpaceInfo['about'];
  } catch {
    return {};
  }
}

function bytesOf(segments: readonly SegmentFiles[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}
