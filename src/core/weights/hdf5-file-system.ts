/**
 * @file The file system that HDF5 sees: in memory, with the one file in it that is to be read. HDF5 follows what a file
 * says of other files (external storage, external links, virtual data sets), and so would read whatever this process may
 * read; here it finds nothing, and what it asked for is known.
 */

import { encodeHex } from '../tensor/hex.ts';

/** What is read: the bytes of a file, or what gives them. */
export type Hdf5Source = Uint8Array | OpenFile;

/** A file of which nothing is copied but what HDF5 asks for. */
export interface OpenFile {
  /** @returns How many bytes were written into `target`. */
  readonly read: (target: Int8Array, position: number) => number;
  readonly close: () => void;
}

/** A file that is mounted. */
export interface MountedFile {
  /** Where HDF5 finds it. */
  readonly path: string;
  /** What else HDF5 asked for since the last call; undefined for nothing. */
  askedElsewhere(): string | undefined;
  unmount(): void;
}

/** The part of Emscripten's file system that is used; h5wasm's types leave most of it out. */
export interface EmscriptenFileSystem {
  readonly ErrnoError: new (errno: number) => Error;
  open(path: unknown, flags: unknown, ...rest: unknown[]): unknown;
  createFile(folder: string, name: string, properties: object, canRead: boolean, canWrite: boolean): FileNode;
  chdir(path: string): void;
  mkdir(path: string): void;
  rmdir(path: string): void;
  unlink(path: string): void;
}

interface FileNode {
  usedBytes: number;
  stream_ops: object;
}

/** Numbers of Emscripten's errors, those of WASI. */
const EIO = 29;
const ENOENT = 44;

/** Emscripten's O_CREAT and O_EXCL: never a file that is there. */
const NEW = 64 | 128;

/** Serves one file at a time. */
export class Hdf5FileSystem {
  readonly #fs: EmscriptenFileSystem;
  #mounted: string | undefined;
  /** Where relative names lead, with its end. */
  #folder = '';
  #elsewhere: string | undefined;

  constructor(fs: EmscriptenFileSystem) {
    this.#fs = fs;
    const open = fs.open.bind(fs);
    fs.open = (path, flags, ...rest) => {
      // A new file, in memory too, is where HDF5 puts its own error messages together.
      if (path === this.#mounted || (Number(flags) & NEW) === NEW) return open(path, flags, ...rest);
      this.#elsewhere ??= String(path).replace(this.#folder, '');
      throw new fs.ErrnoError(ENOENT);
    };
  }

  /** Bytes that are given must stay as they are until the file is unmounted. */
  mount(source: Hdf5Source, fileBytes: number): MountedFile {
    // A name of its own each: HDF5 may still hold a file open that it could not read. No file can name it.
    const [folder, name] = [`/${randomName()}`, randomName()];
    const path = `${folder}/${name}`;
    const { read, close } = source instanceof Uint8Array ? fromBytes(source) : source;
    let isOpen = true;
    this.#fs.mkdir(folder);
    this.#fs.chdir(folder);
    const node = this.#fs.createFile(folder, name, {}, true, false);
    node.usedBytes = fileBytes;
    node.stream_ops = {
      ...node.stream_ops,
      read: (_: unknown, target: Int8Array, offset: number, length: number, position: number): number => {
        try {
          if (isOpen) return read(target.subarray(offset, offset + length), position);
        } catch {
          // Any error of another kind would break HDF5's own way of unwinding.
        }
        throw new this.#fs.ErrnoError(EIO);
      },
    };
    this.#mounted = path;
    this.#folder = `${folder}/`;
    this.#elsewhere = undefined;
    return {
      path,
      askedElsewhere: () => {
        const elsewhere = this.#elsewhere;
        this.#elsewhere = undefined;
        return elsewhere;
      },
      unmount: () => {
        isOpen = false;
        this.#mounted = undefined;
        close();
        this.#fs.chdir('/');
        this.#fs.unlink(path);
        this.#fs.rmdir(folder);
      },
    };
  }
}

function randomName(): string {
  return encodeHex(crypto.getRandomValues(new Uint8Array(16)));
}

function fromBytes(bytes: Uint8Array): OpenFile {
  return {
    read: (target, position) => {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
    close: () => {},
  };
}
