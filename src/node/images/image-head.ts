/** @file Opens an image file without waiting for anything, and reads its first bytes. */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

export interface ImageHead {
  /** Of the whole file, bytes. */
  readonly size: number;
  /** The first bytes, at most {@link HEAD_BYTES}. */
  readonly head: Uint8Array;
}

/** Why there is nothing to decode. */
export interface NoImage {
  /** Short and stable: `file not found`, `a folder`, `a pipe, not a file`. */
  readonly reason: string;
  /** What the person can do, a sentence. */
  readonly advice: string;
}

/** Enough for the size of most JPEG files, which stands behind their metadata. */
export const HEAD_BYTES = 4096;

const SAVE_FIRST = 'Save the image as a file first.';

/**
 * Reads the beginning of a file. Synchronously: 16 microseconds where the file was read before, while each turn through
 * the event loop would have to wait for a pass of the network, which blocks the JavaScript thread.
 *
 * What is no regular file is not read: a pipe would keep a thread until somebody writes into it.
 */
export function readImageHead(path: string): ImageHead | NoImage {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(file);
    if (!stats.isFile()) return notRegular(stats);
    const head = new Uint8Array(Math.min(HEAD_BYTES, stats.size));
    const read = readSync(file, head, 0, head.length, 0);
    return { size: stats.size, head: head.subarray(0, read) };
  } catch (error) {
    return notOpened((error as NodeJS.ErrnoException).code);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The same of bytes in memory. */
export function headOfBytes(bytes: Uint8Array): ImageHead {
  return { size: bytes.length, head: bytes.subarray(0, HEAD_BYTES) };
}

function notRegular(stats: Stats): NoImage {
  if (stats.isDirectory()) return { reason: 'a folder', advice: 'Give a file.' };
  if (stats.isFIFO()) return { reason: 'a pipe, not a file', advice: SAVE_FIRST };
  return { reason: 'a device, not a file', advice: SAVE_FIRST };
}

function notOpened(code: string | undefined): NoImage {
  if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: 'file not found', advice: 'Check the path.' };
  if (code === 'ELOOP') return { reason: 'broken link', advice: 'Repair or remove the link.' };
  // A socket cannot be opened at all.
  if (code === 'ENXIO') return { reason: 'a socket, not a file', advice: SAVE_FIRST };
  return { reason: 'file cannot be opened', advice: 'Check its permissions.' };
}
