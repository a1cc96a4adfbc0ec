/** @file Fetches a file once: from where it broke off, by one process at a time, checked before it gets its name. */

import { access, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import { addressInFolder, type FileAddress, parseAddress, parseMirror } from '../../core/weights/address.ts';
import type { DownloadOptions, DownloadRequest } from '../../core/weights/download-options.ts';
import { type FileLock, lockFile } from '../files/file-lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import { isExpected, pinnedHash, publishedHash, publishedStart } from './expected-hash.ts';
import { fetchPart } from './fetch-part.ts';
import { hashFile, PartFile, readFileSize } from './part-file.ts';
import { type Pin, readPin, writePin } from './pin.ts';

export type {
  DownloadOptions,
  DownloadProgress,
  DownloadRequest,
} from '../../core/weights/download-options.ts';

/**
 * Fetches `request.url` to `request.destination` and returns that path. Nothing is fetched if the file is there already
 * and is the right one: it has the published hash, or, where none is published, the one of the first time. Another file
 * that is found there is moved aside, not removed.
 *
 * What has come stays in `DESTINATION.part` when the connection breaks, the disk is full or the signal aborts, as far as
 * the server tells a version and a length to go on by. The next attempt, or the next call, asks for the rest, and starts
 * anew if the file on the server has changed. The file gets its name only when its length and hash are right.
 *
 * @throws {GraftError} `argument`: an address that cannot be used; `download`: no network, a refusal, a connection that
 *   keeps breaking off or is too slow, another length, another hash (the file is removed), or a file that needs `trust`;
 *   `file-write`: a full disk; `interrupted`.
 */
export async function downloadFile(request: DownloadRequest, options: DownloadOptions = {}): Promise<string> {
  const { destination } = request;
  const address = addressOf(request);
  const state: { part?: PartFile } = {};
  try {
    if (!options.refetch && (await examine(address, request, options)) === 'right') return destination;
    const lock = await takeLock(destination, options);
    try {
      // Whoever held the lock may have fetched it.
      const found = await examine(address, request, options);
      if (found === 'wrong') await setAside(destination, options);
      if (found !== 'right' || options.refetch) await fetchFile(address, request, options, state);
    } finally {
      await lock.release();
    }
    return destination;
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof GraftError))
      throw interrupted(address, state.part, error);
    throw error;
  }
}

function addressOf({ url, destination, mirror, mirrorName, ...hashes }: DownloadRequest): FileAddress {
  const where = mirror === undefined ? 'download' : 'mirror';
  const given =
    mirror === undefined
      ? parseAddress(url, where)
      : addressInFolder(parseMirror(mirror), mirrorName ?? basename(destination));
  const isChecked = [hashes.md5, hashes.sha256, hashes.gitSha1].some((hash) => hash !== undefined);
  const isOwnMachine = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(given.url.hostname);
  if (given.url.protocol === 'http:' && !isChecked && !isOwnMachine) {
    throw new GraftError('argument', {
      where,
      expected: 'an address that begins with https://, because no hash is known',
      received: `"${given.shown}"`,
      advice: 'What comes over http can be changed on the way: give an https address, or the file itself.',
    });
  }
  return given;
}

/** What lies at the destination. A file that nobody vouches for is taken only if that is allowed, and pinned then. */
async function examine(
  address: FileAddress,
  request: DownloadRequest,
  options: DownloadOptions,
): Promise<'right' | 'wrong' | 'none'> {
  const { destination, bytes } = request;
  const { signal } = options;
  const found = await readFileSize(destination);
  if (found === undefined) return 'none';
  if (bytes !== undefined && found !== bytes) return 'wrong';
  const published = publishedHash(request);
  if (published !== undefined) {
    return (await hashFile(destination, published.algorithm, signal)) === published.digits
      ? 'right'
      : 'wrong';
  }
  const sha256 = await hashFile(destination, 'sha256', signal);
  const pin = await readPin(destination);
  if (pin !== undefined) return pin.sha256 === sha256 ? 'right' : 'wrong';
  const start = publishedStart(request);
  if (start !== undefined && !isExpected(sha256, start)) return 'wrong';
  if (start === undefined && request.asksForTrust && !options.trust) {
    throw new GraftError('download', {
      where: `file "${destination}"`,
      expected: 'a published hash to check it by',
      received: 'none',
      advice: `Its publisher states none. To use this file as it is, pass --trust (trust: true) once: its hash is kept, and checked from then on.`,
    });
  }
  await writePin(destination, { url: address.shown, sha256, isFetched: false, wasRead: false });
  return 'right';
}

async function setAside(destination: string, { onNote }: DownloadOptions): Promise<void> {
  let aside = `${destination}.set-aside`;
  for (let copy = 2; await isTaken(aside); copy += 1) aside = `${destination}.set-aside-${copy}`;
  await rename(destination, aside);
  onNote?.(
    `"${destination}" is not the file that it should be. It is "${basename(aside)}" now, and fetched again.`,
  );
}

async function isTaken(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function takeLock(destination: string, { signal, onNote }: DownloadOptions): Promise<FileLock> {
  const path = `${destination}.lock`;
  const onWait = (): void =>
    onNote?.(`Another process is fetching ${basename(destination)}; waiting for it.`);
  try {
    await makeFolder(dirname(destination));
    return await lockFile(path, { signal, onWait });
  } catch (cause) {
    signal?.throwIfAborted();
    throw storageError(`file "${path}"`, cause, 'Choose another folder with GRAFT_HOME.');
  }
}

async function fetchFile(
  address: FileAddress,
  request: DownloadRequest,
  options: DownloadOptions,
  state: { part?: PartFile },
): Promise<void> {
  const { destination, bytes, alternatives } = request;
  const published = publishedHash(request);
  const pin = published === undefined ? await readPin(destination) : undefined;
  const wanted = published ?? pinnedHash(pin, options) ?? publishedStart(request);
  if (wanted === undefined && request.asksForTrust && !options.trust) throw untrusted(address, alternatives);
  const needsLength = wanted === undefined && !options.trust;
  const asked = { address, destination, bytes, alternatives, needsLength };
  const part = await PartFile.open(destination, address.shown);
  state.part = part;
  try {
    const hadOldBytes = part.bytes > 0;
    await fetchPart(part, asked, options);
    let found = wanted && (await part.hash(wanted.algorithm, options.signal));
    if (wanted !== undefined && !isExpected(found, wanted) && hadOldBytes) {
      // The old bytes may have been those of another file after all.
      options.onNote?.('What an earlier try had fetched does not fit; fetching the whole file again.');
      await part.restart({ url: address.shown });
      await fetchPart(part, asked, options);
      found = await part.hash(wanted.algorithm, options.signal);
    }
    if (wanted !== undefined && !isExpected(found, wanted)) {
      await part.discard();
      throw new GraftError('download', {
        where: `download "${address.shown}"`,
        expected: `a file with the ${wanted.name} ${wanted.digits}`,
        received: `one with ${found}`,
        advice: wanted.advice,
      });
    }
    if (published === undefined) {
      const sha256 = found ?? (await part.hash('sha256', options.signal));
      await pinPart(sha256, pin, address, request, options);
    }
    await part.publish(destination);
  } finally {
    if (part.claim === undefined) await part.discard();
    await part.close();
  }
}

/** Before the file has its name: it is never there without its pin. */
async function pinPart(
  sha256: string,
  old: Pin | undefined,
  { shown }: FileAddress,
  request: DownloadRequest,
  { onNote }: DownloadOptions,
): Promise<void> {
  const { destination, sha256Start: start } = request;
  const isSame = old?.sha256 === sha256;
  try {
    await writePin(destination, {
      url: shown,
      sha256,
      isFetched: true,
      wasRead: isSame && old.wasRead,
    });
  } catch (cause) {
    throw storageError(`file "${destination}"`, cause, 'Choose another folder with GRAFT_HOME.');
  }
  if (!isSame) {
    onNote?.(
      start === undefined
        ? `"${shown}" is unverified: no hash is published for it. Its SHA-256, ${sha256}, is kept, and checked from now on.`
        : `The SHA-256 of "${shown}" begins with ${start}, as its publisher says: it is whole, but so short a check keeps no forger out. All of it, ${sha256}, is kept, and checked from now on.`,
    );
  }
}

function untrusted({ shown, url }: FileAddress, alternatives: string | undefined): GraftError {
  const orElse = alternatives === undefined ? '' : ` ${alternatives}`;
  return new GraftError('download', {
    where: `download "${shown}"`,
    expected: 'a published hash to check the file by',
    received: 'none',
    advice: `Its publisher states none, so nothing was fetched. --trust (trust: true) takes it unverified from ${url.host}; its hash is kept, and checked from then on.${orElse}`,
  });
}

function interrupted({ shown }: FileAddress, part: PartFile | undefined, cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: `download "${shown}"`,
      expected: 'the whole file',
      received: 'a request to stop',
      advice: part?.fate ?? 'Nothing was fetched.',
    },
    { cause },
  );
}
