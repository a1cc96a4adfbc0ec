/** @file A space of the cache: finds, keeps and reads the features of one backbone. */

import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FeatureStore, Locations } from '../../core/runtime/feature-store.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { CacheStore } from './cache-store.ts';
import { crc32 } from './checksum.ts';
import { ABSENT, EntryTable, KEY_WORDS, keyWords } from './entry-table.ts';
import { readFully } from './open-values.ts';
import { listSegments, newSegmentName, removeSegment, spacesFolder } from './segment-files.ts';
import { KEY_BYTES, RECORD_BYTES, recordAt } from './segment-format.ts';
import { readIndex } from './segment-index.ts';
import { createSegment, indexBytes, type SegmentWriter } from './segment-writer.ts';

/** All features of one backbone up to its cut, at one size, with one preprocessing, as one element type. */
export interface CacheSpace extends FeatureStore {
  readonly bytesPerEntry: number;
  /**
   * Looks keys up. Entries that other processes added after this space was opened are not seen.
   *
   * @param keys - `n` keys of 32 bytes, one after another.
   * @returns `n` locations.
   */
  locate(keys: Uint8Array): Locations;
  /**
   * Keeps values. They can be read as soon as the promise is fulfilled; a kill of the process loses nothing that was
   * kept before. Neither array may be changed meanwhile. Calls may overlap: they are done in turn.
   *
   * @param values - `n` entries of `bytesPerEntry`, one after another.
   * @returns `n` locations; undefined where the cache keeps no more: why, was told to `onProblem` once.
   */
  put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined>;
  /** Returns when everything that was put lies on the disk itself, safe from a power cut too. */
  flush(): Promise<void>;
  /**
   * Reads values and checks each entry's checksum. Rows that follow one another in the order they were put are read at
   * once. An entry that is damaged or gone is forgotten: `locate` will not find it again.
   *
   * @param rows - Which of `locations`; what they tell comes to `target` in this order.
   * @param target - At least `rows.length * bytesPerEntry` long.
   * @returns Positions in `rows` (not rows themselves) that could not be read; their part of `target` is zeros. Put what
   * was computed anew, and read by its new location.
   */
  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[];
}

/** A space that the cache can close. */
export interface OpenSpace extends CacheSpace {
  close(): Promise<void>;
}

/** Rows are read together up to so many bytes. */
const READ_BYTES = 16e6;

/** Opens a space: reads the indices of all its segments. */
export async function openSpace(
  store: CacheStore,
  key: string,
  bytesPerEntry: number,
  options: { /** Nothing is read. */ readonly isLeftAlone: boolean },
): Promise<OpenSpace> {
  const place = join(spacesFolder(store.folder), key);
  const table = new EntryTable();
  /** What an entry's segment number means. */
  const bases: string[] = [];
  const mostRows = Math.max(1, Math.floor(store.segmentBytes / (bytesPerEntry + RECORD_BYTES)));
  let writer: SegmentWriter | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  /** Work on files that nobody waits for. */
  const aside = new Set<Promise<void>>();

  store.worksWith(key);
  if (!options.isLeftAlone) {
    for (const { base } of await listSegments(store.folder, key)) await load(base);
  }

  async function load(base: string): Promise<void> {
    const index = await readIndex(base);
    if (index === 'damaged') await store.removeDamaged(base);
    if (typeof index === 'string') return;
    const { header, bytes, rows, checksums } = index;
    if (header.spaceKey !== key || header.bytesPerEntry !== bytesPerEntry) return;
    const segment = bases.push(base) - 1;
    const words = keyWords(bytes);
    table.reserve(table.size + rows.length);
    rows.forEach((row, i) => {
      table.add(words, recordAt(row) / 4, { segment, row, checksum: checksums[i]! });
    });
  }

  /** The writer's segment, or a new one where there is none with room. */
  async function segmentWithRoom(): Promise<SegmentWriter> {
    if (writer !== undefined && writer.room > 0) return writer;
    seal();
    // Other processes write too.
    await store.recount(indexBytes(0));
    await store.makeRoom(indexBytes(0));
    await makeFolder(place);
    const base = join(place, newSegmentName());
    // Before it exists, so that it is not removed as one that nobody uses.
    store.use(base);
    writer = await createSegment({ base, spaceKey: key, bytesPerEntry, mostRows });
    // Opened at once: it can be read even when the folder is removed.
    store.values.get(base);
    bases.push(base);
    return writer;
  }

  /** The next rows go to another segment. */
  function seal(): void {
    if (writer !== undefined) doAside(finish(writer));
    writer = undefined;
  }

  async function finish(full: SegmentWriter): Promise<void> {
    try {
      await full.sync();
    } catch (error) {
      store.stopFor(error);
    }
    await full.close();
    if (full.rows === 0) await removeSegment(full.base);
  }

  function doAside(work: Promise<void>): void {
    const done = work.finally(() => aside.delete(done));
    aside.add(done);
  }

  async function append(keys: Uint8Array, values: Uint8Array, checksums: Uint32Array): Promise<Locations> {
    const words = keyWords(keys);
    const locations: Locations = new Int32Array(checksums.length);
    for (let start = 0; start < checksums.length; ) {
      const current = await segmentWithRoom();
      const count = Math.min(current.room, checksums.length - start);
      await store.makeRoom(count * (bytesPerEntry + RECORD_BYTES));
      const firstRow = current.rows;
      await current.append(
        keys.subarray(start * KEY_BYTES, (start + count) * KEY_BYTES),
        values.subarray(start * bytesPerEntry, (start + count) * bytesPerEntry),
        checksums.subarray(start, start + count),
      );
      for (let i = 0; i < count; i++) {
        const checksum = checksums[start + i]!;
        locations[start + i] = table.add(words, (start + i) * KEY_WORDS, {
          segment: bases.length - 1,
          row: firstRow + i,
          checksum,
        });
      }
      start += count;
    }
    return locations;
  }

  /** Does work after all that was asked for before. */
  function inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    const done = writing.then(async () => {
      if (store.problem !== undefined || isClosed) return undefined;
      try {
        return await work();
      } catch (error) {
        store.stopFor(error);
        return undefined;
      }
    });
    writing = done;
    return done;
  }

  return {
    bytesPerEntry,
    locate(keys) {
      const words = keyWords(keys);
      const locations: Locations = new Int32Array(Math.floor(words.length / KEY_WORDS));
      const isUsable = new Map<number, boolean>();
      for (let i = 0; i < locations.length; i++) {
        const entry = table.find(words, i * KEY_WORDS);
        const segment = table.segmentOf(entry);
        let usable = segment === ABSENT ? false : isUsable.get(segment);
        if (usable === undefined) {
          usable = !store.isRemoved(bases[segment]!);
          isUsable.set(segment, usable);
          if (usable) store.use(bases[segment]!);
        }
        locations[i] = usable ? entry : ABSENT;
      }
      return locations;
    },
    put(keys, values) {
      const count = keys.length / KEY_BYTES;
      if (!Number.isInteger(count) || values.length !== count * bytesPerEntry) {
        return Promise.reject(wrongLengths(keys, values, bytesPerEntry));
      }
      if (store.problem !== undefined) return Promise.resolve(undefined);
      // Of the values as they are now: should they be changed too early, the checksum gives it away.
      const checksums = new Uint32Array(count);
      for (let i = 0; i < count; i++) {
        checksums[i] = crc32(values.subarray(i * bytesPerEntry, (i + 1) * bytesPerEntry));
      }
      return inTurn(() => append(keys, values, checksums));
    },
    async flush() {
      await inTurn(async () => writer?.sync());
      await Promise.all(aside);
    },
    read(locations, rows, target) {
      const bad: number[] = [];
      for (let i = 0; i < rows.length; ) {
        const first = locations[rows[i]!] ?? ABSENT;
        const segment = table.segmentOf(first);
        if (segment === ABSENT) {
          target.fill(0, i * bytesPerEntry, (i + 1) * bytesPerEntry);
          bad.push(i++);
          continue;
        }
        const row = table.rowOf(first);
        let count = 1;
        while (i + count < rows.length && (count + 1) * bytesPerEntry <= READ_BYTES) {
          const next = locations[rows[i + count]!] ?? ABSENT;
          if (table.segmentOf(next) !== segment || table.rowOf(next) !== row + count) break;
          count += 1;
        }
        readRows(segment, row, i, count);
        i += count;
      }

      /** Rows `[row, row + count)` of a segment, to positions from `at` on. */
      function readRows(segment: number, row: number, at: number, count: number): void {
        const base = bases[segment]!;
        store.use(base);
        const wanted = target.subarray(at * bytesPerEntry, (at + count) * bytesPerEntry);
        let found = 0;
        let isReadable = true;
        try {
          const descriptor = store.values.get(base);
          if (descriptor !== undefined) found = readFully(descriptor, wanted, row * bytesPerEntry);
        } catch {
          isReadable = false;
        }
        const damaged: number[] = [];
        for (let i = 0; i < count; i++) {
          const values = wanted.subarray(i * bytesPerEntry, (i + 1) * bytesPerEntry);
          const entry = locations[rows[at + i]!]!;
          const isThere = isReadable && (i + 1) * bytesPerEntry <= found;
          if (isThere && crc32(values) === table.checksumOf(entry)) continue;
          if (isThere) damaged.push(row + i);
          values.fill(0);
          table.forget(entry);
          bad.push(at + i);
        }
        if (damaged.length > 0) doAside(store.dropRows(base, damaged));
      }

      return bad;
    },
    async close() {
      await writing;
      isClosed = true;
      seal();
      await Promise.all(aside);
    },
  };
}

function wrongLengths(keys: Uint8Array, values: Uint8Array, bytesPerEntry: number): GraftError {
  return new GraftError('argument', {
    where: 'feature cache, put',
    expected: `keys of ${KEY_BYTES} bytes and values of ${bytesPerEntry} bytes, as many of both`,
    received: `${keys.length} bytes of keys and ${values.length} bytes of values`,
    advice: 'Give the keys and the values of the same images.',
  });
}
