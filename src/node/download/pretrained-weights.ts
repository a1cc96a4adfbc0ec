/** @file Weights by name or by address: fetched once into the cache folder. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addressInFolder, parseAddress, parseFileName, parseMirror } from '../../core/weights/address.ts';
import type { CacheSurroundings, FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadFile } from './download.ts';
import { hashFile, readFileSize } from './part-file.ts';
import { readPin } from './pin.ts';

/** What a pretrained config says about its official weights. */
export interface OfficialWeights {
  readonly url: string;
  /** The publisher's own hash. Without one, `trust` is asked for, and the hash of the first download holds. */
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  /** Its first digits, where the publisher states no more. */
  readonly sha256Start?: string | undefined;
  /** Name in the cache folder, and on a mirror. Default: the one that the address ends in. */
  readonly fileName?: string | undefined;
}

/** Official weights on this machine. */
export interface CachedWeights {
  readonly path: string;
  /** Whether the hash is the publisher's, or the one of the first time; what nobody vouches for is not used unasked. */
  readonly isRight: boolean;
}

const ALTERNATIVES =
  'Or give a weights file of your own with --weights FILE, or name a mirror in GRAFT_WEIGHTS_MIRROR.';

/**
 * Fetches official weights, unless they are in the cache folder already. `GRAFT_WEIGHTS_MIRROR`, the address of a
 * folder that holds the files under their official names, is asked in place of the publisher's server. What it gives is
 * kept under the official name only if its hash is known to be right; else under a name of the mirror's own.
 *
 * @returns The path of the file.
 * @throws {GraftError} As {@link downloadFile}.
 */
export async function fetchPretrainedWeights(
  weights: OfficialWeights,
  options: FetchWeightsOptions = {},
): Promise<string> {
  const { url, md5, sha256, sha256Start } = weights;
  const mirror = mirrorOf(options);
  const official = officialPath(weights, options);
  const pin = isPublished(weights) ? undefined : await readPin(official);
  const isKnown = isPublished(weights) || pin?.wasRead === true;
  const destination = isKnown || mirror === undefined ? official : mirrorPath(weights, mirror, options);
  return downloadFile(
    {
      url,
      md5,
      sha256,
      sha256Start,
      destination,
      mirror,
      mirrorName: nameOf(weights),
      asksForTrust: true,
      alternatives: ALTERNATIVES,
    },
    options,
  );
}

/** Where official weights are, or will be, kept; they may be those of a mirror. */
export function pretrainedWeightsPath(
  weights: OfficialWeights,
  surroundings: CacheSurroundings = {},
): string {
  const official = officialPath(weights, surroundings);
  const mirror = mirrorOf(surroundings);
  if (isPublished(weights) || mirror === undefined || existsSync(official)) return official;
  return mirrorPath(weights, mirror, surroundings);
}

/** Official weights that are in the cache folder. No network is reached. */
export async function cachedPretrainedWeights(
  weights: OfficialWeights,
  options: FetchWeightsOptions = {},
): Promise<CachedWeights | undefined> {
  const { md5, sha256, sha256Start, signal } = { ...weights, ...options };
  const path = pretrainedWeightsPath(weights, options);
  if ((await readFileSize(path)) === undefined) return undefined;
  if (sha256 === undefined && md5 !== undefined) {
    return { path, isRight: (await hashFile(path, 'md5', signal)) === md5 };
  }
  const expected = sha256 ?? (await readPin(path))?.sha256 ?? sha256Start;
  return {
    path,
    isRight: expected !== undefined && (await hashFile(path, 'sha256', signal)).startsWith(expected),
  };
}

/**
 * Fetches weights from any address, unless they were fetched from there before. No hash is known but the one behind
 * `#sha256=`; without it nothing but https (or this machine) is asked, and what comes is pinned.
 *
 * @returns The path of the file; it ends as the address does.
 * @throws {GraftError} As {@link downloadFile}.
 */
export async function fetchWeightsFrom(url: string, options: FetchWeightsOptions = {}): Promise<string> {
  const { shown, sha256 } = parseAddress(url, 'download');
  return downloadFile(
    {
      url,
      sha256,
      destination: join(weightsFolder(options), `${keyOf(shown)}-${parseFileName(url)}`),
      alternatives: 'Or give the path of a file with --weights FILE.',
    },
    options,
  );
}

function isPublished({ md5, sha256 }: OfficialWeights): boolean {
  return md5 !== undefined || sha256 !== undefined;
}

function nameOf({ url, fileName = parseFileName(url) }: OfficialWeights): string {
  return fileName;
}

function officialPath(weights: OfficialWeights, surroundings: CacheSurroundings): string {
  return join(weightsFolder(surroundings), nameOf(weights));
}

function mirrorPath(weights: OfficialWeights, mirror: string, surroundings: CacheSurroundings): string {
  const name = nameOf(weights);
  const { shown } = addressInFolder(parseMirror(mirror), name);
  return join(weightsFolder(surroundings), `${keyOf(shown)}-${name}`);
}

function mirrorOf({ env = process.env }: CacheSurroundings): string | undefined {
  return env['GRAFT_WEIGHTS_MIRROR'] || undefined;
}

/** Files of one name from two places are kept apart; the same file with another password, or another hash, is not. */
function keyOf(shown: string): string {
  const [address] = shown.split('#');
  return createHash('sha256').update(address!).digest('hex').slice(0, 12);
}

function weightsFolder(surroundings: CacheSurroundings): string {
  return join(cacheFolder(surroundings), 'weights');
}
