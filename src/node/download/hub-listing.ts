/**
 * @file What the Hugging Face hub says of a model: its commit, and its files with their sizes and hashes. It is kept with them, so
 * that a model that is here needs no network.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { parseAddress } from '../../core/weights/address.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import type { HubName } from '../../core/weights/hub-name.ts';
import { makeFolder } from '../files/make-folder.ts';
import { writeWhole } from '../files/write-file.ts';
import { fetchText } from './fetch-text.ts';

/** A file of a model. */
export interface HubFile {
  readonly name: string;
  /** In bytes; undefined where the hub does not tell. */
  readonly bytes: number | undefined;
  /** Of a large file. */
  readonly sha256: string | undefined;
  /** Of a small one: git's hash of it. */
  readonly gitSha1: string | undefined;
}

export interface HubListing {
  /** The commit, 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: readonly HubFile[];
  /** Keeps it for later calls, when its files have proved to be as it says: of one that was wrong, the hub is asked again. */
  keep(): Promise<void>;
}

const HASH = z.string().regex(/^[\da-f]{40}$/);
const LISTING = z.object({
  sha: HASH,
  siblings: z
    .array(
      z.object({
        rfilename: z.string(),
        size: z.int().nonnegative().nullish(),
        blobId: HASH.nullish(),
        lfs: z.object({ sha256: z.string().regex(/^[\da-f]{64}$/), size: z.int().nonnegative() }).nullish(),
      }),
    )
    .max(100_000),
});

/** A model of some hundred shards has some hundred bytes for each. */
const MAX_LISTING_BYTES = 16 * 2 ** 20;

const ALTERNATIVE = 'give the folder of a model that was fetched in another way. HF_ENDPOINT names a mirror.';

/** Where the hub is: `HF_ENDPOINT`, else the hub itself. @throws {GraftError} `argument`, if it is no address that can be trusted. */
export function hubEndpoint({ env = process.env }: FetchWeightsOptions): string {
  const endpoint = env['HF_ENDPOINT'] || 'https://huggingface.co';
  const { url, shown } = parseAddress(endpoint, 'HF_ENDPOINT');
  const isOwnMachine = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || isOwnMachine) return endpoint.replace(/\/+$/, '');
  throw new GraftError('argument', {
    where: 'HF_ENDPOINT',
    expected: 'an address that begins with https://',
    received: `"${shown}"`,
    advice: 'What comes over http can be changed on the way: give an https address.',
  });
}

/**
 * The listing of a model: the one that is kept, unless `options.refetch` asks for a new one.
 *
 * @param folder - Of the model, in the cache folder.
 * @throws {GraftError} `download`: no network, no such model, or an answer that makes no sense.
 */
export async function hubListing(
  { repository, revision }: HubName,
  folder: string,
  options: FetchWeightsOptions,
): Promise<HubListing> {
  const path = join(folder, `${revision.replaceAll('/', '--')}.json`);
  if (!options.refetch) {
    const kept = LISTING.safeParse(
      await readFile(path, 'utf8')
        .then(JSON.parse)
        .catch(() => undefined),
    );
    if (kept.success) return listingOf(kept.data, async () => {});
  }
  const revisionPart = encodeURIComponent(revision);
  const address = parseAddress(
    `${hubEndpoint(options)}/api/models/${repository}/revision/${revisionPart}?blobs=true`,
    'download',
  );
  const limits = { maxBytes: MAX_LISTING_BYTES, advice: ALTERNATIVE };
  const text = await fetchText(address, limits, options).catch((error) => {
    throw isUnknown(error) ? unknownModel(repository, revision, error) : error;
  });
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const parsed = LISTING.safeParse(document);
  if (!parsed.success) {
    throw new GraftError('download', {
      where: `download "${address.shown}"`,
      expected: 'the files of a model with their hashes',
      received: 'something else',
      advice: `It is no hub, or one that lies: try again later, or ${ALTERNATIVE}`,
    });
  }
  return listingOf(parsed.data, async () => {
    await makeFolder(folder);
    await writeWhole(path, `${JSON.stringify(parsed.data)}\n`);
  });
}

function listingOf({ sha, siblings }: z.infer<typeof LISTING>, keep: HubListing['keep']): HubListing {
  return {
    keep,
    commit: sha,
    files: siblings.map(({ rfilename, size, blobId, lfs }) => ({
      name: rfilename,
      bytes: lfs?.size ?? size ?? undefined,
      sha256: lfs?.sha256,
      gitSha1: lfs == null ? (blobId ?? undefined) : undefined,
    })),
  };
}

/** Of a model that is not there, as of one that asks for a login, the hub says the same. */
function isUnknown(error: unknown): error is GraftError {
  return error instanceof GraftError && /^"40[134] /.test(error.parts.received);
}

function unknownModel(repository: string, revision: string, cause: GraftError): GraftError {
  return new GraftError(
    'download',
    {
      where: `hub model "${repository}"`,
      expected: `a public model with a revision "${revision}"`,
      received: cause.parts.received,
      advice:
        'Check owner, name and revision. A model that asks for a login is fetched in another way: give its folder.',
    },
    { cause },
  );
}
