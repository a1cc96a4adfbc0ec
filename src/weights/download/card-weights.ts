/** @file Weights by name or by address: fetched once into the cache folder. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type CacheSurroundings, cacheFolder } from './cache-folder.ts';
import { type DownloadOptions, downloadFile, fileNameOf } from './download.ts';
import { hashFile, sizeOf } from './part-file.ts';

/** What a card says about its official weights. */
export interface OfficialWeights {
  readonly url: string;
  /** The publisher's own hash. */
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  /** Name in the cache folder, and on a mirror. Default: the one that the address ends in. */
  readonly fileName?: string | undefined;
}

export interface FetchWeightsOptions extends DownloadOptions, CacheSurroundings {}

const ALTERNATIVES =
  'Or give a weights file of your own with --weights FILE, or name a mirror in GRAFT_WEIGHTS_MIRROR.';

/**
 * Fetches official weights, unless they are in the cache folder already. `GRAFT_WEIGHTS_MIRROR`, the address of a
 * folder that holds the files under their official names, is asked in place of the publisher's server.
 *
 * @returns The path of the file, whose hash is right.
 * @throws {GraftError} As {@link downloadFile}.
 */
export function fetchCardWeights(
  weights: OfficialWeights,
  options: FetchWeightsOptions = {},
): Promise<string> {
  const { url, md5, sha256 } = weights;
  const env = options.env ?? process.env;
  return downloadFile(
    {
      url,
      md5,
      sha256,
      destination: cardWeightsPath(weights, options),
      mirror: env['GRAFT_WEIGHTS_MIRROR'] || undefined,
      alternatives: ALTERNATIVES,
    },
    options,
  );
}

/** Where official weights are kept once they are fetched. */
export function cardWeightsPath(
  { url, fileName = fileNameOf(url) }: OfficialWeights,
  surroundings: CacheSurroundings = {},
): string {
  return join(weightsFolder(surroundings), fileName);
}

/** The path of official weights, if they are in the cache folder and their hash is right. No network is reached. */
export async function cachedCardWeights(
  weights: OfficialWeights,
  options: FetchWeightsOptions = {},
): Promise<string | undefined> {
  const path = cardWeightsPath(weights, options);
  if ((await sizeOf(path)) === undefined) return undefined;
  const { md5, sha256, signal } = { ...weights, ...options };
  const isRight =
    sha256 === undefined
      ? md5 === undefined || (await hashFile(path, 'md5', signal)) === md5
      : (await hashFile(path, 'sha256', signal)) === sha256;
  return isRight ? path : undefined;
}

/**
 * Fetches weights from any address, unless they were fetched from there before. No hash is known, so nothing but https
 * (or this machine) is asked, and no mirror.
 *
 * @returns The path of the file; it ends as the address does.
 * @throws {GraftError} As {@link downloadFile}.
 */
export function fetchWeightsFrom(url: string, options: FetchWeightsOptions = {}): Promise<string> {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 12);
  const name = URL.canParse(url) ? fileNameOf(url) : 'file';
  return downloadFile(
    {
      url,
      destination: join(weightsFolder(options), `${key}-${name}`),
      alternatives: 'Or give the path of a file with --weights FILE.',
    },
    options,
  );
}

function weightsFolder(surroundings: CacheSurroundings): string {
  return join(cacheFolder(surroundings), 'weights');
}
