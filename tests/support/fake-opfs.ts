/** @file What is used of a browser's own file system (OPFS), in memory. */

/** A browser's file system in memory: what is used of it. */
export class FakeFolder {
  readonly kind = 'directory';
  readonly children = new Map<string, FakeFolder | FakeFile>();

  /** Of all files there are, and of those that come. */
  static limitOf(folder: FakeFolder, bytes: number): void {
    folder.limit = bytes;
    for (const child of folder.children.values()) {
      if (child instanceof FakeFolder) FakeFolder.limitOf(child, bytes);
      else child.limit = bytes;
    }
  }
  limit = Number.POSITIVE_INFINITY;

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeFolder> {
    const child = this.children.get(name) ?? (create ? new FakeFolder() : undefined);
    if (!(child instanceof FakeFolder)) throw new Error('NotFoundError');
    this.children.set(name, child);
    return child;
  }
  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    if (!create && !this.children.has(name)) throw new Error('NotFoundError');
    const child = (this.children.get(name) as FakeFile | undefined) ?? new FakeFile(this.limit);
    this.children.set(name, child);
    return child;
  }
  async removeEntry(name: string): Promise<void> {
    const child = this.children.get(name);
    if (child instanceof FakeFile && child.isOpen) throw new Error('NoModificationAllowedError');
    this.children.delete(name);
  }
  async *entries(): AsyncGenerator<[string, FakeFolder | FakeFile]> {
    yield* this.children;
  }
}

export class FakeFile {
  readonly kind = 'file';
  bytes = new Uint8Array(0);
  isOpen = false;
  lastModified = 0;
  /** Bytes above which nothing is written. */
  limit: number;
  /** What the directory says of its size. */
  claimed: number | undefined;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  async getFile(): Promise<{ size: number; lastModified: number }> {
    return { size: this.claimed ?? this.bytes.length, lastModified: this.lastModified };
  }
  async createSyncAccessHandle(): Promise<unknown> {
    if (this.isOpen) throw new Error('NoModificationAllowedError');
    this.isOpen = true;
    return {
      getSize: () => this.bytes.length,
      read: (target: Uint8Array, { at }: { at: number }) => {
        const part = this.bytes.subarray(at, at + target.length);
        target.set(part);
        return part.length;
      },
      write: (bytes: Uint8Array, { at }: { at: number }) => {
        if (at + bytes.length > this.limit) throw new Error('QuotaExceededError');
        const grown = new Uint8Array(Math.max(this.bytes.length, at + bytes.length));
        grown.set(this.bytes);
        grown.set(bytes, at);
        this.bytes = grown;
        return bytes.length;
      },
      truncate: (size: number) => {
        this.bytes = this.bytes.slice(0, size);
      },
      flush: () => {},
      close: () => {
        this.isOpen = false;
      },
    };
  }
}
