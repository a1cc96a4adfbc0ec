/** @file Zip archives in Node, entry by entry, each held to the size that it states. */

import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise } from 'yauzl';
import type { ZipContents } from '../../core/weights/weight-readers.ts';

/** @returns How many files it has, if there are more than `maxEntries`. */
export async function openZip(bytes: Uint8Array, maxEntries: number): Promise<ZipContents | number> {
  const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    lazyEntries: true,
  });
  if (zip.entryCount > maxEntries) return zip.entryCount;
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  return {
    sizes: new Map([...entries].map(([name, { uncompressedSize }]) => [name, uncompressedSize])),
    // yauzl holds a stream to the size that the archive states.
    read: async (name) => buffer(await zip.openReadStreamPromise(entries.get(name)!)),
  };
}
