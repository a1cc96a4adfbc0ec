/** @file The hash that a download has to have: the publisher's, or the one that it had the first time. */

import type { DownloadOptions, DownloadRequest } from '../../core/weights/download-options.ts';
import type { HashAlgorithm } from './part-file.ts';
import type { Pin } from './pin.ts';

export interface ExpectedHash {
  readonly algorithm: HashAlgorithm;
  readonly name: string;
  /** All digits, or the first ones, where no more are known. */
  readonly digits: string;
  /** What to do about a file of another hash. */
  readonly advice: string;
}

/** The hash that the publisher states. */
export function publishedHash({ md5, sha256, gitSha1 }: DownloadRequest): ExpectedHash | undefined {
  const advice =
    'The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.';
  if (sha256 !== undefined) {
    return { algorithm: 'sha256', name: 'SHA-256', digits: sha256.toLowerCase(), advice };
  }
  if (gitSha1 !== undefined) return { algorithm: 'git-sha1', name: 'SHA-1 of git', digits: gitSha1, advice };
  if (md5 !== undefined) return { algorithm: 'md5', name: 'MD5', digits: md5.toLowerCase(), advice };
  return undefined;
}

/** The beginning of a hash that the publisher states: it tells damage, not forgery. */
export function publishedStart({ sha256Start }: DownloadRequest): ExpectedHash | undefined {
  if (sha256Start === undefined) return undefined;
  return {
    algorithm: 'sha256',
    name: 'SHA-256 that begins with',
    digits: sha256Start.toLowerCase(),
    advice:
      'The file was removed: it is damaged, or another one than it was. Try again, or give the file itself.',
  };
}

/** Whether a file's hash is the expected one, as far as that is known. */
export function isExpected(found: string | undefined, { digits }: ExpectedHash): boolean {
  return found?.startsWith(digits) === true;
}

/** Binds once the file could be read: what never could may be replaced by what can. */
export function pinnedHash(
  pin: Pin | undefined,
  { trust, refetch }: DownloadOptions,
): ExpectedHash | undefined {
  if (!pin?.wasRead || (trust && refetch)) return undefined;
  return {
    algorithm: 'sha256',
    name: 'SHA-256 of the first time,',
    digits: pin.sha256,
    advice:
      'It was removed: it is damaged, or its publisher has changed it. To accept the new one, pass --refetch --trust (refetch: true, trust: true).',
  };
}
