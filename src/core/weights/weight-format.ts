/** @file What a format of weight files is: how a file is known to be of it, and how it is read. */

import type { GraftError } from '../errors/graft-error.ts';
import type { WeightFile } from './weight-file.ts';
import type { WeightReaders } from './weight-readers.ts';

/** What a file begins with, and what else is known before it is read. */
export interface FileHead {
  /** The first bytes of the file, as many as {@link HEAD_BYTES}. */
  readonly bytes: Uint8Array;
  /** The same as text, a character a byte. */
  readonly text: string;
  readonly fileBytes: number;
  /** The end of its name in small letters: `.h5`; empty if there is none. */
  readonly ending: string;
}

export const HEAD_BYTES = 64;

/** A file to be read. */
export interface WeightSource {
  /** Where it lies on a disk, if it does. */
  readonly path?: string | undefined;
  /** For messages: `weights "base.h5"`. */
  readonly where: string;
  /** The whole file. */
  bytes(): Promise<Uint8Array>;
  /** A file that it names, which stands beside it. @throws {GraftError} `file-not-found`; `weights`, if it is elsewhere. */
  beside(name: string): Promise<Uint8Array>;
  readonly readers: WeightReaders;
}

/** A format. A new one is a file with its reader and this, and a row in `weight-formats.ts`. */
export interface WeightFormat {
  readonly id: string;
  /** Whose weights it has, for messages and help: `Keras`. */
  readonly program: string;
  /** By which names usually end: `.h5`. They count only where the beginning of a file says nothing. */
  readonly endings: readonly string[];
  /** What a summary calls its kinds, by `WeightFile.format`. */
  readonly titles: Readonly<Record<string, string>>;
  /** Whether a file begins as one of this format, and as none of another. */
  readonly detects: (head: FileHead) => boolean;
  /** The file by which a folder is one of this format; then it is what `read` gets. Default: a folder is none. */
  readonly fileInFolder?: string | undefined;
  /** @throws {GraftError} `weights`, if the file is damaged. */
  readonly read: (source: WeightSource) => Promise<WeightFile>;
}

/** A format that is known and not read. */
export interface ForeignFormat {
  readonly id: string;
  readonly endings: readonly string[];
  readonly detects: (head: FileHead) => boolean;
  /** The file by which a folder is one. Default: none is. */
  readonly fileInFolder?: string | undefined;
  /** What it is, and what to do instead. */
  readonly refuse: (where: string) => GraftError;
}
