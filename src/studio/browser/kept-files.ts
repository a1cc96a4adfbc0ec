/** @file Files that the browser keeps for the studio, by paths with `/`: a folder of the origin private file system. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { BrowserFileAccess } from '../../web/browser.ts';

/** All in it is the studio's own. */
const FOLDER = 'graft-studio';

/** Only in workers. */
type WritableHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<BrowserFileAccess> };

export class KeptFiles {
  readonly #root: FileSystemDirectoryHandle;

  private constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  /** @throws {GraftError} `file-write`, if the browser keeps nothing for the page. */
  static async open(): Promise<KeptFiles> {
    // Browsers of WebKitGTK have none.
    const { storage } = navigator as Partial<Navigator>;
    if (storage === undefined) {
      throw storelessError('none', 'Open it in Chromium, Firefox or Safari, at https:// or at localhost.');
    }
    try {
      const store = await storage.getDirectory();
      return new KeptFiles(await store.getDirectoryHandle(FOLDER, { create: true }));
    } catch (cause) {
      throw storelessError(
        cause instanceof Error ? cause.message : 'none',
        'Open it at https:// or at localhost, in a window that is not private.',
        cause,
      );
    }
  }

  /** Undefined where there is no such file. */
  async read(path: string): Promise<File | undefined> {
    try {
      const [folder, name] = await this.#place(path, false);
      return await (await folder.getFileHandle(name)).getFile();
    } catch {
      return undefined;
    }
  }

  /** Writes a file, also over one of its name; a crash in the middle leaves a part. @throws {GraftError} `file-write`. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.access(path);
    try {
      file.truncate(0);
      writeAll(file, bytes, 0);
      file.flush();
    } catch (cause) {
      throw fullError(cause);
    } finally {
      file.close();
    }
  }

  /** A file to read and write in place, made where there is none, which nobody else has meanwhile. @throws {GraftError} `file-write`. */
  async access(path: string): Promise<BrowserFileAccess> {
    try {
      const [folder, name] = await this.#place(path, true);
      const handle = (await folder.getFileHandle(name, { create: true })) as WritableHandle;
      return await handle.createSyncAccessHandle();
    } catch (cause) {
      throw fullError(cause);
    }
  }

  /** What is in a folder, files and folders. */
  async names(path: string): Promise<string[]> {
    try {
      const [folder, name] = await this.#place(path, false);
      const names: string[] = [];
      for await (const each of (await folder.getDirectoryHandle(name)).keys()) names.push(each);
      return names;
    } catch {
      return [];
    }
  }

  /** Takes a file or a folder away, with all that is in it. */
  async remove(path: string): Promise<void> {
    const [folder, name] = await this.#place(path, false);
    await folder.removeEntry(name, { recursive: true }).catch(() => undefined);
  }

  async #place(path: string, create: boolean): Promise<readonly [FileSystemDirectoryHandle, string]> {
    const parts = path.split('/');
    const name = parts.pop()!;
    let folder = this.#root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return [folder, name];
  }
}

/** @throws If the browser gives no room for all of it. */
export function writeAll(file: BrowserFileAccess, bytes: Uint8Array, at: number): void {
  let written = 0;
  while (written < bytes.length) {
    const some = file.write(bytes.subarray(written), { at: at + written });
    if (some === 0) throw new Error('there is no more room');
    written += some;
  }
}

function storelessError(received: string, advice: string, cause?: unknown): GraftError {
  const expected = 'a browser that keeps files for this page';
  return new GraftError('file-write', { where: 'studio', expected, received, advice }, { cause });
}

/** The error of a file that could not be written. */
export function fullError(cause: unknown): GraftError {
  const received = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new GraftError(
    'file-write',
    {
      where: 'studio',
      expected: 'room in what the browser keeps for this page',
      received,
      advice: 'Make room on the disk, or save the project as a zip archive and begin a new one.',
    },
    { cause },
  );
}
