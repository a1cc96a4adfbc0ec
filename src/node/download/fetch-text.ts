/** @file Fetches a short document into memory, with as many attempts as a file gets. */

import { setTimeout as pause } from 'node:timers/promises';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FileAddress } from '../../core/weights/address.ts';
import type { DownloadOptions } from '../../core/weights/download-options.ts';
import { httpGet, PassingFault } from './http-get.ts';

const MAX_PAUSE_MS = 30_000;

/**
 * Fetches a text.
 *
 * @param maxBytes - More is refused.
 * @param advice - What to do in its place, where the server cannot be reached or does not answer: `give the file itself.`
 * @throws {GraftError} `download`: no connection, a refusal, too much; and the signal's reason.
 */
export async function fetchText(
  address: FileAddress,
  { maxBytes, advice }: { readonly maxBytes: number; readonly advice: string },
  options: DownloadOptions,
): Promise<string> {
  const { attempts = 5, pauseMs = 1000, signal, onNote } = options;
  const { host } = address.url;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(address, maxBytes, options);
    } catch (fault) {
      if (!(fault instanceof PassingFault)) throw fault;
      if (failures >= attempts || fault.kind === 'unknown-host') {
        throw new GraftError(
          'download',
          {
            where: `download "${address.shown}"`,
            expected: fault.kind === 'broken' ? 'an answer' : 'a connection',
            received: `${host} ${fault.message}`,
            advice: `${fault.kind === 'broken' ? 'Try again later, or' : 'Without a network,'} ${advice}`,
          },
          { cause: fault },
        );
      }
      const waitMs = Math.max(Math.min(pauseMs * 2 ** (failures - 1), MAX_PAUSE_MS), fault.retryAfterMs ?? 0);
      onNote?.(
        `${host} ${fault.message}; trying again in ${(waitMs / 1000).toFixed(waitMs < 1000 ? 1 : 0)} s.`,
      );
      await pause(waitMs, undefined, signal && { signal });
    }
  }
}

async function attempt(address: FileAddress, maxBytes: number, options: DownloadOptions): Promise<string> {
  const { signal, stallMs = 30_000, speedWindowMs = 60_000, minBytesPerSecond = 1000 } = options;
  const response = await httpGet(address, { stallMs, speedWindowMs, minBytesPerSecond, signal });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new GraftError('download', {
        where: `download "${address.shown}"`,
        expected: `at most ${maxBytes.toLocaleString('en')} bytes`,
        received: 'more',
        advice: 'Check the address.',
      });
    }
    chunks.push(chunk);
  }
  if (response.totalBytes !== undefined && bytes < response.totalBytes) {
    throw new PassingFault('broken', `broke off after ${bytes} of ${response.totalBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
