/** @file The files of the cache: how they are called, which there are, and which nobody needs any more. */

import { createHash, randomBytes } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { NAME_IS_PROOF, type OwnFile } from '../files/own-files.ts';
import { HEADER_BYTES } from './segment-format.ts';

/** A segment's files are its `base` with one of these. */
export const VALUES = '.bin';
export const INDEX = '.idx';

/** A segment as its files' sizes and times show it. */
export interface SegmentFiles {
  readonly spaceKey: string;
  /** Path without ending. The name begins with the time of its making, so names sort by age. */
  readonly base: string;
  /** Of both files. */
  readonly bytes: number;
  /** When it was last written to or used, in milliseconds since 1970. */
  readonly lastUsedMs: number;
  /** Both files are there, and the index has something to say. */
  readonly isWhole: boolean;
}

/** An owner that cannot be asked, on another machine for instance, is given up after this long without a sign of life. */
const GIVEN_UP_AFTER_MS = 24 * 60 * 60 * 1000;
const NAME = /^([0-9a-z]{9}-([0-9a-f]{8})-(\d+)-[0-9a-f]{8})\.(bin|idx)$/;
const THIS_HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** All that Graft writes into a space's folder; also what a kill left of a description that was being written. */
export const SPACE_FILES: readonly OwnFile[] = [
  { name: NAME, proof: NAME_IS_PROOF },
  { name: /^about\.json(?:\.[0-9a-f]{12})?$/, proof: NAME_IS_PROOF },
];

/** A name that no segment has: time, machine, process, and chance. */
export function newSegmentName(): string {
  const time = Date.now().toString(36).padStart(9, '0');
  return `${time}-${THIS_HOST}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function spacesFolder(folder: string): string {
  return join(folder, 'spaces');
}

/** The keys of all spaces that have a folder. */
export async function listSpaces(folder: string): Promise<string[]> {
  const names = await readdir(spacesFolder(folder)).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
}

/** The segments of a space, oldest first. What vanishes meanwhile is left out. */
export async function listSegments(folder: string, spaceKey: string): Promise<SegmentFiles[]> {
  const place = join(spacesFolder(folder), spaceKey);
  const names = await readdir(place).catch(() => []);
  const found = new Map<string, { bytes: number; lastUsedMs: number; values: boolean; records: boolean }>();
  for (const name of names.sort()) {
    const [, id, , , ending] = NAME.exec(name) ?? [];
    if (id === undefined) continue;
    const file = await stat(join(place, name)).catch(() => undefined);
    if (file === undefined) continue;
    const segment = found.get(id) ?? { bytes: 0, lastUsedMs: 0, values: false, records: false };
    found.set(id, segment);
    segment.bytes += file.size;
    segment.lastUsedMs = Math.max(segment.lastUsedMs, file.mtimeMs);
    if (ending === 'bin') segment.values = true;
    else segment.records = file.size > HEADER_BYTES;
  }
  return Array.from(found, ([id, { bytes, lastUsedMs, values, records }]) => ({
    spaceKey,
    base: join(place, id),
    bytes,
    lastUsedMs,
    isWhole: values && records,
  }));
}

export async function listAllSegments(folder: string): Promise<SegmentFiles[]> {
  const spaces = await listSpaces(folder);
  return (await Promise.all(spaces.map((space) => listSegments(folder, space)))).flat();
}

/** Removes a segment: the index first, so that no index is left without its values. */
export async function removeSegment(base: string): Promise<void> {
  await unlink(base + INDEX).catch(() => {});
  await unlink(base + VALUES).catch(() => {});
}

/** Removes what an ended process left without entries: a kill came between the making of a segment and its first entry. */
export async function removeAbandoned(segments: readonly SegmentFiles[]): Promise<void> {
  for (const segment of segments) {
    if (!segment.isWhole && isAbandoned(segment)) await removeSegment(segment.base);
  }
}

function isAbandoned({ base, lastUsedMs }: SegmentFiles): boolean {
  const [, , host, pid] = NAME.exec(`${basename(base)}${VALUES}`)!;
  if (Date.now() - lastUsedMs > GIVEN_UP_AFTER_MS) return true;
  if (host !== THIS_HOST) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
