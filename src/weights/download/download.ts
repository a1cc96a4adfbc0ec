/** @file Fetches a file once: from where it broke off, by one process at a time, checked before it gets its name. */

import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GraftError } from '../../errors/graft-error.ts';
import { storageError } from '../../errors/storage-error.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { httpGet, PassingFault } from './http-get.ts';
import { type HashAlgorithm, hashFile, PartFile, sizeOf } from './part-file.ts';

export interface DownloadRequest {
  /** https; or http, with a hash or from this machine. */
  readonly url: string;
  /** Path of the file; its folder is made. A file that is there and has the hash is not fetched again. */
  readonly destination: string;
  /** Hexadecimal digits. Give one of the two wherever one is known. */
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  /** Length of the file, if it is known: a server that announces or sends another is refused. */
  readonly bytes?: number | undefined;
  /** A folder on a web server that holds the file under the destination's name; it is asked in place of `url`. */
  readonly mirror?: string | undefined;
  /** What else can be done where there is no network: a sentence for the message. */
  readonly alternatives?: string | undefined;
}

export interface DownloadProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Remarks for the person, a sentence each: the connection broke off, another process is at it. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row, without new bytes between them, that end it. Default 5. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles with each one. Default 1 s. */
  readonly pauseMs?: number | undefined;
  /** A server that is silent for so long is given up. Default 30 s. */
  readonly stallMs?: number | undefined;
}

const LONGEST_PAUSE_MS = 30_000;

/** New bytes that make an attempt count as a step ahead. */
const STEP_AHEAD_BYTES = 1 << 20;

/** Without any known length, more than this is refused: no weight file or archive that is asked for is so large. */
const MOST_BYTES = 16 * 2 ** 30;

/**
 * Fetches `request.url` to `request.destination` and returns that path. Nothing is fetched if the file is there already.
 *
 * What has come stays in `DESTINATION.part` when the connection breaks, the disk is full or the signal aborts; the
 * next attempt, or the next call, asks for the rest, and starts anew if the file on the server has changed. The file
 * gets its name only when its length and hash are right.
 *
 * @throws {GraftError} `argument`: an address that cannot be used; `download`: no network, a refusal, a connection that
 *   keeps breaking off, another length, another hash (the file is removed); `file-write`: a full disk; `interrupted`.
 */
export async function downloadFile(request: DownloadRequest, options: DownloadOptions = {}): Promise<string> {
  const { destination } = request;
  const url = addressOf(request);
  try {
    if (await isThere(request, options)) return destination;
    const lock = await takeLock(destination, options);
    try {
      // Whoever held the lock may have fetched it.
      if (!(await isThere(request, options))) await fetchWhole(url, request, options);
    } finally {
      await lock.release();
    }
    return destination;
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof GraftError)) throw interrupted(url, error);
    throw error;
  }
}

/** The file name that an address ends in. */
export function fileNameOf(url: string): string {
  const name = decodeURIComponent(basename(new URL(url).pathname));
  return /^[\w.+-]+$/.test(name) && !/^\.+$/.test(name) ? name : 'file';
}

function addressOf({ url, destination, mirror, md5, sha256 }: DownloadRequest): string {
  const given = mirror ?? url;
  const what = mirror === undefined ? 'download' : 'mirror';
  const address = URL.canParse(given) ? new URL(given) : undefined;
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:') {
    throw new GraftError('argument', {
      where: what,
      expected: 'an address that begins with https://',
      received: `"${given}"`,
      advice: mirror === undefined ? 'Check the address.' : 'Give the address of the folder with the files.',
    });
  }
  const isChecked = md5 !== undefined || sha256 !== undefined;
  const isOwnMachine = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  if (address.protocol === 'http:' && !isChecked && !isOwnMachine) {
    throw new GraftError('argument', {
      where: what,
      expected: 'an address that begins with https://, because no hash is known',
      received: `"${given}"`,
      advice: 'What comes over http can be changed on the way: give an https address, or the file itself.',
    });
  }
  if (mirror === undefined) return url;
  if (!address.pathname.endsWith('/')) address.pathname += '/';
  return new URL(encodeURIComponent(basename(destination)), address).href;
}

/** Whether the file is at its destination; one of another hash is removed. */
async function isThere(request: DownloadRequest, { signal }: DownloadOptions): Promise<boolean> {
  const { destination, bytes } = request;
  const found = await sizeOf(destination);
  if (found === undefined) return false;
  const wanted = wantedHash(request);
  const isRight =
    (bytes === undefined || found === bytes) &&
    (wanted === undefined || (await hashFile(destination, wanted.algorithm, signal)) === wanted.digits);
  if (!isRight) await rm(destination, { force: true });
  return isRight;
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

async function fetchWhole(url: string, request: DownloadRequest, options: DownloadOptions): Promise<void> {
  const part = await PartFile.open(request.destination, url);
  try {
    const hadOldBytes = part.bytes > 0;
    await fetchAll(part, url, request, options);
    const wrong = await misfit(part, request, options);
    if (wrong !== undefined && hadOldBytes) {
      // The old bytes may have been those of another file after all.
      options.onNote?.('What an earlier try had fetched does not fit; fetching the whole file again.');
      await part.restart({ url });
      await fetchAll(part, url, request, options);
    }
    const stillWrong = wrong === undefined || !hadOldBytes ? wrong : await misfit(part, request, options);
    if (stillWrong !== undefined) {
      await part.discard();
      throw new GraftError('download', {
        where: `download "${url}"`,
        expected: stillWrong.expected,
        received: stillWrong.received,
        advice:
          'The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.',
      });
    }
    await part.publish(request.destination);
  } finally {
    if (part.bytes === 0) await part.discard();
    await part.close();
  }
}

/** Attempts until the part is whole, or too many have failed in a row. */
async function fetchAll(
  part: PartFile,
  url: string,
  request: DownloadRequest,
  options: DownloadOptions,
): Promise<void> {
  const { attempts = 5, pauseMs = 1000, signal, onNote } = options;
  let failures = 0;
  let furthestBytes = part.bytes;
  let wasReached = false;
  while (!part.isWhole) {
    try {
      await attempt(part, url, request, options);
      return;
    } catch (fault) {
      if (!(fault instanceof PassingFault)) throw fault;
      wasReached ||= fault.kind === 'broken' || fault.kind === 'part-refused';
      // Counted from the furthest byte so far, so that a server that always starts anew cannot go on for ever.
      if (part.bytes >= furthestBytes + STEP_AHEAD_BYTES) failures = 0;
      furthestBytes = Math.max(furthestBytes, part.bytes);
      failures += 1;
      if (failures >= attempts || (fault.kind === 'unknown-host' && !wasReached)) {
        throw givenUp(part, url, request, fault, wasReached);
      }
      const backOffMs = Math.min(pauseMs * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      const waitMs = Math.max(backOffMs, fault.retryAfterMs ?? 0);
      const { host } = new URL(url);
      onNote?.(
        `${host} ${fault.message}; trying again in ${(waitMs / 1000).toFixed(waitMs < 1000 ? 1 : 0)} s.`,
      );
      await pause(waitMs, undefined, signal && { signal });
    }
  }
}

async function attempt(
  part: PartFile,
  url: string,
  request: DownloadRequest,
  { signal, onProgress, stallMs = 30_000 }: DownloadOptions,
): Promise<void> {
  const validator = part.canGoOn ? part.origin?.validator : undefined;
  const from = validator === undefined ? undefined : { offset: part.bytes, validator };
  const answer = await httpGet(url, { from, stallMs, signal }).catch(async (fault) => {
    if (fault instanceof PassingFault && fault.kind === 'part-refused') await part.restart({ url });
    throw fault;
  });
  const totalBytes = answer.totalBytes ?? request.bytes;
  if (request.bytes !== undefined && totalBytes !== request.bytes) {
    await answer.cancel();
    await part.discard();
    throw new GraftError('download', {
      where: `download "${url}"`,
      expected: inBytes(request.bytes),
      received: `an announcement of ${inBytes(totalBytes ?? 0)}`,
      advice: 'The server has another file under this name. Try again later, or give the file itself.',
    });
  }
  if (answer.offset > 0 && totalBytes !== part.origin?.totalBytes) {
    await answer.cancel();
    await part.restart({ url });
    throw new PassingFault('part-refused', 'has another file now');
  }
  try {
    if (answer.offset === 0) await part.restart({ url, validator: answer.validator, totalBytes });
  } catch (fault) {
    await answer.cancel();
    throw fault;
  }
  const mostBytes = totalBytes ?? MOST_BYTES;
  onProgress?.({ receivedBytes: part.bytes, totalBytes });
  for await (const chunk of answer.body) {
    if (part.bytes + chunk.length > mostBytes) {
      await part.discard();
      throw new GraftError('download', {
        where: `download "${url}"`,
        expected: `at most ${inBytes(mostBytes)}`,
        received: 'more',
        advice: 'The file was removed. Try again later, or give the file itself.',
      });
    }
    await part.add(chunk);
    onProgress?.({ receivedBytes: part.bytes, totalBytes });
  }
  if (totalBytes !== undefined && part.bytes < totalBytes) {
    throw new PassingFault('broken', `broke off after ${inBytes(part.bytes)} of ${inBytes(totalBytes)}`);
  }
}

/** How a part that has all its bytes is not the file that was asked for. */
async function misfit(
  part: PartFile,
  request: DownloadRequest,
  { signal }: DownloadOptions,
): Promise<{ expected: string; received: string } | undefined> {
  const wanted = wantedHash(request);
  if (wanted === undefined) return undefined;
  const { algorithm, name, digits } = wanted;
  const found = await part.hash(algorithm, signal);
  if (found === digits) return undefined;
  return { expected: `a file with the ${name} ${digits}`, received: `one with ${found}` };
}

function wantedHash({
  md5,
  sha256,
}: DownloadRequest): { algorithm: HashAlgorithm; name: string; digits: string } | undefined {
  if (sha256 !== undefined) return { algorithm: 'sha256', name: 'SHA-256', digits: sha256.toLowerCase() };
  if (md5 !== undefined) return { algorithm: 'md5', name: 'MD5', digits: md5.toLowerCase() };
  return undefined;
}

function givenUp(
  part: PartFile,
  url: string,
  { alternatives, destination }: DownloadRequest,
  fault: PassingFault,
  wasReached: boolean,
): GraftError {
  const { host } = new URL(url);
  const kept = part.canGoOn ? ` ${inBytes(part.bytes)} are kept, and the next try goes on from there.` : '';
  const orElse = alternatives === undefined ? '' : ` ${alternatives}`;
  return new GraftError(
    'download',
    {
      where: `download "${url}"`,
      expected: wasReached ? 'the whole file' : 'a connection',
      received: `${host} ${fault.message}`,
      advice: wasReached
        ? `Try again later.${kept}${orElse}`
        : `Without a network, put the file at "${destination}".${kept}${orElse}`,
    },
    { cause: fault },
  );
}

function interrupted(url: string, cause: unknown): GraftError {
  return new GraftError(
    'interrupted',
    {
      where: `download "${url}"`,
      expected: 'the whole file',
      received: 'a request to stop',
      advice: 'What was fetched is kept, and the next try goes on from there.',
    },
    { cause },
  );
}

function inBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
