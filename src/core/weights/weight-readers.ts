/** @file What readers of weights need of a machine. Node bounds what a hostile file may take; elsewhere nothing does. */

import type { Hdf5Layers } from './hdf5-layers.ts';

/** A file on the disk, or the bytes of one. */
export type Hdf5File = { readonly path: string } | { bytes(): Promise<Uint8Array> };

export interface ReadHdf5Options {
  /** For messages: `weights "base.h5"`. */
  readonly where: string;
  /** Of Keras 3's layout: layers' names by their groups, for files that have no names of their own. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  /** Size of the file that the bytes come from, where they were unpacked: it bounds what they may come to. */
  readonly fileBytes?: number | undefined;
  /** Whether bytes that are given may be handed over to a thread; they are gone then. Default false: copied. */
  readonly handOver?: boolean | undefined;
}

/** A zip archive that is open. */
export interface ZipContents {
  /** Of its files, by name, as the archive states them, bytes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** One of them, unpacked; no more than its stated size is taken. */
  read(name: string): Promise<Uint8Array>;
}

export interface WeightReaders {
  /** Reads all layers at once. @throws {GraftError} `weights`. */
  readHdf5(file: Hdf5File, options: ReadHdf5Options): Promise<Hdf5Layers>;
  /** @returns How many files it has, if there are more than `maxEntries`. @throws What the library throws. */
  openZip(bytes: Uint8Array, maxEntries: number): Promise<ZipContents | number>;
}
