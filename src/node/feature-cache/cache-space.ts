/** @file A space of the cache: finds, keeps and reads the features of one backbone. */

import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FeatureStore, Locations } from '../../core/runtime/feature-store.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readFully } from '../files/read-fully.ts';
import type { CacheStore } from './cache-store.ts';
import { crc32 } from './checksum.ts';
import { ABSENT, EntryTable, KEY_WORDS, keyWords } from './entry-table.ts';
import { listSegments, newSegmentName, removeSegment, spacesFolder } from './segment-files.ts';
import { countRecordBytes, KEY_BYTES, locateEntry, recordAt } from './segment-format.ts';
import { readIndex } from './segment-index.ts';
import { createSegment, indexBytes, type SegmentWriter } from './segment-writer.ts';

/** All features of one backbone up to its cut, at one size, with one preprocessing, as one element type. */
export interface CacheSpace extends FeatureStore {
  /** Undefined where entries differ in length. */
  readonly bytesPerEntry: number | undefined;
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
   * @param lengths - Bytes of each, where they differ in length.
   * @returns `n` locations; undefined where the cache keeps no more: why, was told to `onProblem` once.
   */
  put(keys: Uint8Array, values: Uint8Array, lengths?: Uint32Array): Promise<Locations | undefined>;
  /** Bytes of entries; 0 for what is not there. @param rows - Which of `locations`. */
  lengths(locations: Locations, rows: Uint32Array): Uint32Array;
  /** Returns when everything that was put lies on the disk itself, safe from a power cut too. */
  flush(): Promise<void>;
  /**
   * Reads values and checks each entry's checksum. Rows that follow one another in the order they were put are read at
   * once. An entry that is damaged or gone is forgotten: `locate` will not find it again.
   *
   * @param rows - Which of `locations`; what they tell comes to `target` in this order.
   * @param target - At least as long as all of them.
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
  bytesPerEntry: number | undefined,
  options: { /** Nothing is read. */ readonly isLeftAlone: boolean },
): Promise<OpenSpace> {
  const place = join(spacesFolder(store.folder), key);
  const table = new EntryTable(bytesPerEntry);
  const form = { bytesPerEntry };
  const recordBytes = countRecordBytes(form);
  /** What an entry's segment number means. */
  const bases: string[] = [];
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
      const place = locateEntry(bytes, row, header);
      table.add(words, recordAt(row, header) / 4, { segment, row, checksum: checksums[i]!, ...place });
    });
  }

  /** The writer's segment, or a new one where there is none with room. */
  async function segmentWithRoom(length: number): Promise<SegmentWriter> {
    if (writer?.hasRoom(1, length)) return writer;
    seal();
    // Other processes write too.
    await store.recount(indexBytes(0, form));
    await store.makeRoom(indexBytes(0, form));
    await makeFolder(place);
    const base = join(place, newSegmentName());
    // Before it exists, so that it is not removed as one that nobody uses.
    store.use(base);
    writer = await createSegment({ base, spaceKey: key, bytesPerEntry, mostBytes: store.segmentBytes });
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

  async function append(
    keys: Uint8Array,
    values: Uint8Array,
    lengths: Uint32Array,
    checksums: Uint32Array,
  ): Promise<Locations> {
    const words = keyWords(keys);
    const locations: Locations = new Int32Array(checksums.length);
    let from = 0;
    for (let start = 0; start < checksums.length; ) {
      const current = await segmentWithRoom(lengths[start]!);
      // As many as it has room for.
      let [count, bytes] = [1, lengths[start]!];
      while (start + count < checksums.length) {
        const more = bytes + lengths[start + count]!;
        if (!current.hasRoom(count + 1, more)) break;
        bytes = more;
        count += 1;
      }
      await store.makeRoom(bytes + count * recordBytes);
      const [firstRow, firstOffset] = [current.rows, current.end];
      await current.append(
        keys.subarray(start * KEY_BYTES, (start + count) * KEY_BYTES),
        values.subarray(from, from + bytes),
        checksums.subarray(start, start + count),
        lengths.subarray(start, start + count),
      );
      let offset = firstOffset;
      for (let i = 0; i < count; i++) {
        const length = lengths[start + i]!;
        locations[start + i] = table.add(words, (start + i) * KEY_WORDS, {
          segment: bases.length - 1,
          row: firstRow + i,
          checksum: checksums[start + i]!,
          offset,
          length,
        });
        offset += length;
      }
      start += count;
      from += bytes;
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
    put(keys, values, given) {
      const count = keys.length / KEY_BYTES;
      const lengths = given ?? new Uint32Array(Math.floor(count)).fill(bytesPerEntry ?? 0);
      const bytes = lengths.reduce((sum, length) => sum + length, 0);
      if (!Number.isInteger(count) || lengths.length !== count || values.length !== bytes) {
        return Promise.reject(wrongLengths(keys, values, bytesPerEntry));
      }
      if (store.problem !== undefined) return Promise.resolve(undefined);
      // Of the values as they are now: should they be changed too early, the checksum gives it away.
      const checksums = new Uint32Array(count);
      let start = 0;
      for (let i = 0; i < count; i++) {
        checksums[i] = crc32(values.subarray(start, start + lengths[i]!));
        start += lengths[i]!;
      }
      return inTurn(() => append(keys, values, lengths, checksums));
    },
    lengths: (locations, rows) => Uint32Array.from(rows, (row) => table.lengthOf(locations[row] ?? ABSENT)),
    async flush() {
      await inTurn(async () => writer?.sync());
      await Promise.all(aside);
    },
    read(locations, rows, target) {
      const bad: number[] = [];
      let at = 0;
      for (let i = 0; i < rows.length; ) {
        const first = locations[rows[i]!] ?? ABSENT;
        const segment = table.segmentOf(first);
        let bytes = table.lengthOf(first) || (bytesPerEntry ?? 0);
        if (segment === ABSENT) {
          target.fill(0, at, at + bytes);
          bad.push(i++);
          at += bytes;
          continue;
        }
        const offset = table.offsetOf(first);
        let count = 1;
        while (i + count < rows.length) {
          const next = locations[rows[i + count]!] ?? ABSENT;
          const isNext = table.segmentOf(next) === segment && table.offsetOf(next) === offset + bytes;
          if (!isNext || bytes + table.lengthOf(next) > READ_BYTES) break;
          bytes += table.lengthOf(next);
          count += 1;
        }
        readEntries(segment, offset, i, target.subarray(at, at + bytes));
        i += count;
        at += bytes;
      }

      /** Entries that follow one another in a segment, to positions from `first` on. */
      function readEntries(segment: number, offset: number, first: number, wanted: Uint8Array): void {
        const base = bases[segment]!;
        store.use(base);
        let found = 0;
        let isReadable = true;
        try {
          const descriptor = store.values.get(base);
          if (descriptor !== undefined) found = readFully(descriptor, wanted, offset);
        } catch {
          isReadable = false;
        }
        const damaged: number[] = [];
        let start = 0;
        for (let position = first; start < wanted.length; position++) {
          const entry = locations[rows[position]!]!;
          const end = start + table.lengthOf(entry);
          const values = wanted.subarray(start, end);
          const isThere = isReadable && end <= found;
          start = end;
          if (isThere && crc32(values) === table.checksumOf(entry)) continue;
          if (isThere) damaged.push(table.rowOf(entry));
          values.fill(0);
          table.forget(entry);
          bad.push(position);
        }
        if (damaged.length > 0) doAside(store.dropRows(base, form, damaged));
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

function wrongLengths(keys: Uint8Array, values: Uint8Array, bytesPerEntry: number | undefined): GraftError {
  return new GraftError('argument', {
    where: 'feature cache, put',
    expected: `keys of ${KEY_BYTES} bytes and values of ${bytesPerEntry ?? 'the given'} bytes, as many of both`,
    received: `${keys.length} bytes of keys and ${values.length} bytes of values`,
    advice: 'Give the keys and the values of the same images.',
  });
}
