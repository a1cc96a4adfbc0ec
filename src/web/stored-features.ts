/** @file The feature cache of a page: in the browser's own file system (OPFS), by the content of images and of the network. */

import CRC32 from 'crc-32';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import type { FeatureStore, Locations } from '../core/runtime/feature-store.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import { type BrowserFileAccess, type BrowserFolder, browser } from './browser.ts';
import { decodesExactly } from './exact-decoding.ts';

/** Features of a page that are kept between trainings. */
export interface StoredFeatures extends FeatureStores {
  /** Lets other workers and pages have the files. */
  close(): void;
}

/** The folder's name in the browser's file system. All in it is Graft's own. */
const FOLDER = 'graft-features';
const ENDING = '.features';
const EXACT_ENDING = `.exact${ENDING}`;
/** Spaces above this, those that were used longest ago, are removed before another is opened. */
const LIMIT_BYTES = 500 * 2 ** 20;
const KEY_BYTES = 32;
const CHECKSUM_BYTES = 4;
/** `graft`, and the version of this layout. */
const HEAD = Uint8Array.of(0x67, 0x72, 0x61, 0x66, 0x74, 0, 0, 1);

/**
 * Opens the cache. A file of it belongs to one worker at a time: where another has it, nothing is kept, and features are computed.
 *
 * @returns Undefined where there is none: in the page itself, in a browser without it, or without the right to store.
 */
export async function openStoredFeatures(): Promise<StoredFeatures | undefined> {
  const { navigator, WorkerGlobalScope } = browser;
  // Reading at once, which the engine does between two steps, is only there in workers.
  if (WorkerGlobalScope === undefined) return undefined;
  const root = await navigator?.storage?.getDirectory?.().catch(() => undefined);
  const folder = await root?.getDirectoryHandle(FOLDER, { create: true }).catch(() => undefined);
  if (folder === undefined) return undefined;
  const opened: BrowserFileAccess[] = [];
  return {
    async space(key, _about, bytesPerEntry) {
      if (bytesPerEntry === undefined) return new NoStore();
      // The same file has other pixels by another decoder.
      const name = `${key}${decodesExactly() ? EXACT_ENDING : ENDING}`;
      await removeOldest(folder, name);
      const access = await openFile(folder, name);
      if (access === undefined) return new NoStore();
      opened.push(access);
      return new StoredSpace(access, bytesPerEntry);
    },
    close() {
      for (const access of opened.splice(0)) access.close();
    },
  };
}

/** Removes all features that this site has kept in the browser. @returns How many bytes they took. */
export async function clearStoredFeatures(): Promise<number> {
  const root = await browser.navigator?.storage?.getDirectory?.();
  const folder = await root?.getDirectoryHandle(FOLDER).catch(() => undefined);
  if (root === undefined || folder === undefined) return 0;
  const files = await listFiles(folder);
  await root.removeEntry(FOLDER, { recursive: true });
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * A file: head, then entries of key, checksum and values, all of one length. What was torn by a crash is the end of it, and is written
 * over; what is damaged has another checksum, and is computed again.
 */
class StoredSpace implements FeatureStore {
  readonly #file: BrowserFileAccess;
  readonly #bytesPerEntry: number;
  readonly #places = new Map<string, number>();
  #count = 0;
  #isFull = false;

  constructor(file: BrowserFileAccess, bytesPerEntry: number) {
    this.#file = file;
    this.#bytesPerEntry = bytesPerEntry;
    const head = new Uint8Array(HEAD.length);
    const isOurs =
      file.read(head, { at: 0 }) === HEAD.length && head.every((byte, index) => byte === HEAD[index]);
    if (!isOurs) {
      file.truncate(0);
      file.write(HEAD, { at: 0 });
      return;
    }
    this.#count = Math.floor((file.getSize() - HEAD.length) / this.#strideBytes);
    const key = new Uint8Array(KEY_BYTES);
    for (let place = 0; place < this.#count; place++) {
      file.read(key, { at: this.#at(place) });
      this.#places.set(encodeHex(key), place);
    }
  }

  locate(keys: Uint8Array): Locations {
    return Int32Array.from({ length: keys.length / KEY_BYTES }, (_, index) => {
      return this.#places.get(keyAt(keys, index)) ?? -1;
    });
  }

  async put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined> {
    if (this.#isFull) return undefined;
    const count = keys.length / KEY_BYTES;
    const entry = new Uint8Array(this.#strideBytes);
    const locations = new Int32Array(count);
    try {
      for (let index = 0; index < count; index++) {
        const own = values.subarray(index * this.#bytesPerEntry, (index + 1) * this.#bytesPerEntry);
        entry.set(keys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
        new DataView(entry.buffer).setInt32(KEY_BYTES, CRC32.buf(own), true);
        entry.set(own, KEY_BYTES + CHECKSUM_BYTES);
        const place = this.#count;
        if (this.#file.write(entry, { at: this.#at(place) }) < entry.length) throw new Error('full');
        this.#count++;
        this.#places.set(keyAt(keys, index), place);
        locations[index] = place;
      }
      return locations;
    } catch {
      // The browser gives no more room: what is known stays, and the rest is computed.
      this.#isFull = true;
      return undefined;
    }
  }

  async flush(): Promise<void> {
    this.#file.flush();
  }

  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[] {
    const entry = new Uint8Array(this.#strideBytes);
    const damaged: number[] = [];
    rows.forEach((row, position) => {
      const place = locations[row]!;
      const isWhole =
        place >= 0 &&
        place < this.#count &&
        this.#file.read(entry, { at: this.#at(place) }) === entry.length &&
        new DataView(entry.buffer).getInt32(KEY_BYTES, true) ===
          CRC32.buf(entry.subarray(KEY_BYTES + CHECKSUM_BYTES));
      const to = position * this.#bytesPerEntry;
      if (isWhole) {
        target.set(entry.subarray(KEY_BYTES + CHECKSUM_BYTES), to);
        return;
      }
      target.fill(0, to, to + this.#bytesPerEntry);
      damaged.push(position);
      for (const [key, known] of this.#places) if (known === place) this.#places.delete(key);
    });
    return damaged;
  }

  get #strideBytes(): number {
    return KEY_BYTES + CHECKSUM_BYTES + this.#bytesPerEntry;
  }

  #at(place: number): number {
    return HEAD.length + place * this.#strideBytes;
  }
}

/** Keeps nothing. */
class NoStore implements FeatureStore {
  locate(keys: Uint8Array): Locations {
    return new Int32Array(keys.length / KEY_BYTES).fill(-1);
  }
  async put(): Promise<undefined> {
    return undefined;
  }
  async flush(): Promise<void> {}
  read(_: Locations, rows: Uint32Array, target: Uint8Array): readonly number[] {
    target.fill(0);
    return [...rows.keys()];
  }
}

function keyAt(keys: Uint8Array, index: number): string {
  return encodeHex(keys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
}

async function openFile(folder: BrowserFolder, name: string): Promise<BrowserFileAccess | undefined> {
  try {
    const file = await folder.getFileHandle(name, { create: true });
    return await file.createSyncAccessHandle?.();
  } catch {
    return undefined;
  }
}

interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  readonly changed: number;
}

async function listFiles(folder: BrowserFolder): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind !== 'file') continue;
    const { size, lastModified } = await handle.getFile();
    files.push({ name, bytes: size, changed: lastModified });
  }
  return files;
}

/** @param kept - The space that is wanted now. */
async function removeOldest(folder: BrowserFolder, kept: string): Promise<void> {
  const files = (await listFiles(folder).catch(() => [])).sort((a, b) => a.changed - b.changed);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) {
    if (bytes <= LIMIT_BYTES) return;
    if (file.name === kept) continue;
    // One that is in use cannot be removed, and stays.
    const isGone = await folder.removeEntry(file.name).then(
      () => true,
      () => false,
    );
    if (isGone) bytes -= file.bytes;
  }
}
