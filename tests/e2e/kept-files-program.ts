/**
 * @file A stand-in for the browser's own file system, for WebKitGTK, which has none: as much of it as Graft uses. The files lie
 * in the server of the test (kept-files.ts), so that all workers of a page see the same.
 */

const { fetch, location, navigator, XMLHttpRequest } = globalThis as unknown as {
  readonly fetch: (address: string, options?: object) => Promise<Response>;
  readonly location: { readonly origin: string };
  readonly navigator: object;
  readonly XMLHttpRequest: new () => {
    readonly status: number;
    readonly response: ArrayBuffer;
    responseType: string;
    open(method: string, address: string, isAsync: false): void;
    send(body?: Uint8Array): void;
  };
};

const addressOf = (path: string): string => `${location.origin}/kept${path}`;

class KeptFile {
  readonly kind = 'file';
  readonly path: string;
  readonly name: string;

  constructor(path: string, name: string) {
    this.path = path;
    this.name = name;
  }

  async getFile(): Promise<File> {
    const response = await fetch(addressOf(this.path));
    return new File([await response.arrayBuffer()], this.name);
  }

  async createSyncAccessHandle(): Promise<object> {
    const read = askNow('GET', this.path);
    let bytes = read.status === 200 ? new Uint8Array(read.response) : new Uint8Array();
    const resize = (size: number): void => {
      const old = bytes;
      bytes = new Uint8Array(size);
      bytes.set(old.subarray(0, size));
    };
    const flush = (): void => void askNow('PUT', this.path, bytes);
    return {
      getSize: () => bytes.length,
      read(target: Uint8Array, { at }: { readonly at: number }) {
        const part = bytes.subarray(at, at + target.length);
        target.set(part);
        return part.length;
      },
      write(more: Uint8Array, { at }: { readonly at: number }) {
        if (at + more.length > bytes.length) resize(at + more.length);
        bytes.set(more, at);
        return more.length;
      },
      truncate: resize,
      flush,
      close: flush,
    };
  }
}

class KeptFolder {
  readonly kind = 'directory';
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<KeptFile> {
    const path = `${this.path}/${name}`;
    if (!create && !(await fetch(addressOf(path), { method: 'HEAD' })).ok) throw new Error(`no file ${path}`);
    return new KeptFile(path, name);
  }

  /** Folders are there as long as something is in them. */
  async getDirectoryHandle(name: string): Promise<KeptFolder> {
    return new KeptFolder(`${this.path}/${name}`);
  }

  async removeEntry(name: string): Promise<void> {
    await fetch(addressOf(`${this.path}/${name}`), { method: 'DELETE' });
  }

  async *keys(): AsyncGenerator<string> {
    const names = (await (await fetch(addressOf(`${this.path}/`))).json()) as readonly string[];
    yield* names;
  }

  async *entries(): AsyncGenerator<[string, KeptFile]> {
    for await (const name of this.keys()) yield [name, new KeptFile(`${this.path}/${name}`, name)];
  }
}

/** Not in service workers, which only read. */
function askNow(method: string, path: string, body?: Uint8Array): InstanceType<typeof XMLHttpRequest> {
  const request = new XMLHttpRequest();
  request.open(method, addressOf(path), false);
  request.responseType = 'arraybuffer';
  request.send(body);
  return request;
}

Object.defineProperty(navigator, 'storage', {
  // Of a worker in several files, each has this program before its own.
  configurable: true,
  value: { getDirectory: async () => new KeptFolder('') },
});
