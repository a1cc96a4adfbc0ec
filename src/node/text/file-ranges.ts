/** @file A file on the disk by ranges of its bytes. */

import { type FileHandle, open } from 'node:fs/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { ByteSource } from '../../text/weights/byte-source.ts';

/** A file that is open until it is closed. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file.
 *
 * @param where - For messages: `weights "model.gguf"`.
 * @throws {GraftError} `file-not-found`, if it cannot be read.
 */
export async function openFile(path: string, where: string): Promise<OpenFile> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw new GraftError(
      'file-not-found',
      { where, expected: 'a file that can be read', received: path, advice: 'Check the path.' },
      { cause },
    );
  }
  const { size } = await file.stat();
  return {
    where,
    byteLength: size,
    async read(start, length) {
      const wanted = Math.max(0, Math.min(length, size - start));
      const bytes = new Uint8Array(wanted);
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await file.read(bytes, done, wanted - done, start + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done === wanted ? bytes : bytes.subarray(0, done);
    },
    close: () => file.close(),
  };
}
