/** @file Fetches all bytes of a file into its part: attempts, pauses between them, and what ends them. */

import { setTimeout as pause } from 'node:timers/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FileAddress } from '../../core/weights/address.ts';
import type { DownloadOptions } from '../../core/weights/download-options.ts';
import { httpGet, PassingFault } from './http-get.ts';
import type { PartFile } from './part-file.ts';

export interface FetchPartRequest {
  readonly address: FileAddress;
  readonly destination: string;
  /** Length of the file, if it is known. */
  readonly bytes: number | undefined;
  /** Whether nothing but its length could tell that a file is cut. */
  readonly needsLength: boolean;
  readonly alternatives: string | undefined;
}

const LONGEST_PAUSE_MS = 30_000;

/** New bytes that make an attempt count as a step ahead. */
const STEP_AHEAD_BYTES = 1 << 20;

/** The largest weights of Keras take 1.4 GB. */
const MAX_UNTOLD_BYTES = 2 * 2 ** 30;

/** Attempts until the part is whole, or too many have failed in a row. */
export async function fetchPart(
  part: PartFile,
  request: FetchPartRequest,
  options: DownloadOptions,
): Promise<void> {
  const { attempts = 5, pauseMs = 1000, signal, onNote } = options;
  let failures = 0;
  let furthestBytes = part.bytes;
  let wasReached = false;
  while (!part.isWhole) {
    try {
      await attempt(part, request, options);
      return;
    } catch (fault) {
      if (!(fault instanceof PassingFault)) throw fault;
      wasReached ||= fault.kind === 'broken' || fault.kind === 'part-refused';
      // Counted from the furthest byte so far, so that a server that always starts anew cannot go on for ever.
      if (part.bytes >= furthestBytes + STEP_AHEAD_BYTES) failures = 0;
      furthestBytes = Math.max(furthestBytes, part.bytes);
      failures += 1;
      if (failures >= attempts || (fault.kind === 'unknown-host' && !wasReached)) {
        throw givenUp(part, request, fault, wasReached);
      }
      const backOffMs = Math.min(pauseMs * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      const waitMs = Math.max(backOffMs, fault.retryAfterMs ?? 0);
      const { host } = request.address.url;
      onNote?.(
        `${host} ${fault.message}; trying again in ${(waitMs / 1000).toFixed(waitMs < 1000 ? 1 : 0)} s.`,
      );
      await pause(waitMs, undefined, signal && { signal });
    }
  }
}

export function inBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}

async function attempt(
  part: PartFile,
  { address, bytes: knownBytes, needsLength }: FetchPartRequest,
  options: DownloadOptions,
): Promise<void> {
  const { maxUntoldBytes = MAX_UNTOLD_BYTES } = options;
  const { signal, onProgress, stallMs = 30_000, speedWindowMs = 60_000, minBytesPerSecond = 1000 } = options;
  const limits = { stallMs, speedWindowMs, minBytesPerSecond, signal };
  const response = await httpGet(address, { ...limits, from: part.claim }).catch(async (fault) => {
    if (fault instanceof PassingFault && fault.kind === 'part-refused')
      await part.restart({ url: address.shown });
    throw fault;
  });
  const totalBytes = response.totalBytes ?? knownBytes;
  const refuse = async (expected: string, received: string, advice: string): Promise<never> => {
    await response.cancel();
    await part.discard();
    throw new GraftError('download', { where: `download "${address.shown}"`, expected, received, advice });
  };
  if (knownBytes !== undefined && totalBytes !== knownBytes) {
    await refuse(
      inBytes(knownBytes),
      `an announcement of ${inBytes(totalBytes ?? 0)}`,
      'The server has another file under this name. Try again later, or give the file itself.',
    );
  }
  if (totalBytes === undefined && needsLength) {
    await refuse(
      'a response that tells the length of the file, because no hash is known',
      'one that does not',
      'A file that is cut on the way could not be told from a whole one: put its hash behind the address (#sha256=...), or accept it as it comes with --trust (trust: true).',
    );
  }
  try {
    if (response.offset === 0) {
      await part.restart({ url: address.shown, validator: response.validator, totalBytes });
    }
  } catch (fault) {
    await response.cancel();
    throw fault;
  }
  const maxBytes = totalBytes ?? maxUntoldBytes;
  onProgress?.({ receivedBytes: part.bytes, totalBytes });
  for await (const chunk of response.body) {
    if (part.bytes + chunk.length > maxBytes) {
      await refuse(
        `at most ${inBytes(maxBytes)}${totalBytes === undefined ? ' from a server that tells no length' : ''}`,
        'more',
        'The file was removed. Try again later, or give the file itself.',
      );
    }
    await part.add(chunk);
    onProgress?.({ receivedBytes: part.bytes, totalBytes });
  }
  if (part.bytes === 0) throw new PassingFault('broken', 'sent an empty response');
  if (totalBytes !== undefined && part.bytes < totalBytes) {
    throw new PassingFault('broken', `broke off after ${inBytes(part.bytes)} of ${inBytes(totalBytes)}`);
  }
}

function givenUp(
  part: PartFile,
  { address, alternatives, destination }: FetchPartRequest,
  fault: PassingFault,
  wasReached: boolean,
): GraftError {
  const advice = [
    wasReached ? 'Try again later.' : `Without a network, put the file at "${destination}".`,
    part.fate,
    alternatives,
  ];
  return new GraftError(
    'download',
    {
      where: `download "${address.shown}"`,
      expected: wasReached ? 'the whole file' : 'a connection',
      received: `${address.url.host} ${fault.message}`,
      advice: advice.filter((sentence) => sentence !== undefined).join(' '),
    },
    { cause: fault },
  );
}
