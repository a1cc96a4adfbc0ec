/** @file The part of a file that has been fetched so far, and what is known of the whole. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GraftError } from '../../core/errors/graft-error.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import type { PartClaim } from './response-headers.ts';

/** What the server told of the file that the part belongs to. */
export interface PartOrigin {
  readonly url: string;
  /** A strong ETag, else the date of the last change: proves to the server that the part is of the same file. */
  readonly validator?: string | undefined;
  /** Bytes of the whole file. */
  readonly totalBytes?: number | undefined;
}

/**
 * `NAME.part` and `NAME.part.json` beside the destination. The second is written before the first grows, so that a part
 * is never taken for one of another file.
 */
export class PartFile {
  readonly #path: string;
  readonly #notes: string;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #origin: PartOrigin | undefined;

  private constructor(destination: string) {
    this.#path = `${destination}.part`;
    this.#notes = `${destination}.part.json`;
  }

  /** Opens the part of an earlier try, if it came from `url`; else an empty one. */
  static async open(destination: string, url: string): Promise<PartFile> {
    const part = new PartFile(destination);
    const noted = await readOrigin(part.#notes);
    const origin = noted?.url === url ? noted : undefined;
    try {
      // Makes the file where there is none, or empties it; the handle that writes at positions cannot append.
      await (await open(part.#path, origin === undefined ? 'w' : 'a')).close();
      part.#handle = await open(part.#path, 'r+');
      part.#bytes = (await part.#handle.stat()).size;
    } catch (cause) {
      await part.close();
      throw part.#storageError(cause);
    }
    part.#origin = origin;
    return part;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get origin(): PartOrigin | undefined {
    return this.#origin;
  }

  /** What a server can be asked to go on from; `undefined` if it did not tell enough to prove that the rest belongs to it. */
  get claim(): PartClaim | undefined {
    const { validator, totalBytes } = this.#origin ?? {};
    if (this.#bytes === 0 || validator === undefined || totalBytes === undefined) return undefined;
    return { offset: this.#bytes, validator, totalBytes };
  }

  /** What becomes of the bytes so far where it ends here: a sentence for the message, or nothing where there are none. */
  get fate(): string | undefined {
    if (this.#bytes === 0) return undefined;
    const bytes = `${this.#bytes.toLocaleString('en')} bytes`;
    return this.claim === undefined
      ? `The ${bytes} that came were removed, because the server does not tell how to go on from there.`
      : `${bytes} are kept, and the next try goes on from there.`;
  }

  get isWhole(): boolean {
    return this.#bytes > 0 && this.#bytes === this.#origin?.totalBytes;
  }

  /** Starts anew, with a file of this origin. @throws {GraftError} `file-write`, if the disk has no room for it. */
  async restart(origin: PartOrigin): Promise<void> {
    try {
      if (this.#bytes > 0) await this.#handle!.truncate(0);
      this.#bytes = 0;
      this.#origin = origin;
      await writeFile(this.#notes, `${JSON.stringify(origin)}\n`);
      if (origin.totalBytes !== undefined) await this.#requireRoom(origin.totalBytes);
    } catch (cause) {
      throw this.#storageError(cause);
    }
  }

  /**
   * Adds bytes at the end. Written to their place rather than appended: a second writer of the same file, should the
   * lock ever fail, writes the same bytes to the same place.
   */
  async add(chunk: Uint8Array): Promise<void> {
    try {
      let written = 0;
      while (written < chunk.length) {
        const rest = chunk.length - written;
        written += (await this.#handle!.write(chunk, written, rest, this.#bytes + written)).bytesWritten;
      }
    } catch (cause) {
      throw this.#storageError(cause);
    }
    this.#bytes += chunk.length;
  }

  /** The hash of all bytes so far, in lower-case hexadecimal digits. */
  hash(algorithm: HashAlgorithm, signal?: AbortSignal): Promise<string> {
    return hashFile(this.#path, algorithm, signal);
  }

  /** Moves the part to its destination, whole. */
  async publish(destination: string): Promise<void> {
    try {
      await this.#handle!.sync();
      await this.close();
      await rename(this.#path, destination);
      await rm(this.#notes, { force: true });
    } catch (cause) {
      throw this.#storageError(cause, destination);
    }
  }

  /** Removes the part, if it has not been published. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
    await rm(this.#notes, { force: true });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }

  #storageError(cause: unknown, path: string = this.#path): GraftError {
    const { fate } = this;
    const advice = `Make room, or choose another folder with GRAFT_HOME.${fate === undefined ? '' : ` ${fate}`}`;
    return storageError(`file "${path}"`, cause, advice);
  }

  async #requireRoom(bytes: number): Promise<void> {
    const { blocks, bavail, bsize } = await statfs(dirname(this.#path));
    // Some network file systems count no blocks at all.
    if (blocks > 0 && bavail * bsize < bytes) {
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    }
  }
}

export type HashAlgorithm = 'md5' | 'sha256' | 'git-sha1';

/** The hash of a file, in lower-case hexadecimal digits. */
export async function hashFile(
  path: string,
  algorithm: HashAlgorithm,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm === 'git-sha1' ? 'sha1' : algorithm);
  if (algorithm === 'git-sha1') hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Bytes of a file; `undefined` if there is none. */
export async function readFileSize(path: string): Promise<number | undefined> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? status.size : undefined;
}

async function readOrigin(notes: string): Promise<PartOrigin | undefined> {
  try {
    const origin = JSON.parse(await readFile(notes, 'utf8')) as Partial<PartOrigin>;
    if (typeof origin.url !== 'string') return undefined;
    const { url, validator, totalBytes } = origin;
    return {
      url,
      validator: typeof validator === 'string' ? validator : undefined,
      totalBytes: typeof totalBytes === 'number' ? totalBytes : undefined,
    };
  } catch {
    return undefined;
  }
}
