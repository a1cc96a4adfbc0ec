/** @file Fetches a model of the Hugging Face hub into the cache folder: its configuration, tokenizer and weights. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { quoteList } from '../../core/errors/name-list.ts';
import type { FetchWeightsOptions } from '../../core/weights/download-options.ts';
import { parseHubName } from '../../core/weights/hub-name.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadFile } from './download.ts';
import { type HubFile, type HubListing, hubEndpoint, hubListing } from './hub-listing.ts';

/**
 * Fetches a model once. Every file is held to the size and the hash that the hub states, now and at every use; one for which
 * it states none, is taken with `trust` alone. The commit of the first time is kept: `refetch` asks what the revision is now.
 *
 * @param name - `hf:OWNER/NAME`, or `hf:OWNER/NAME@REVISION`.
 * @returns The folder with its files.
 * @throws {GraftError} `argument`: no such name; `download`: as `downloadFile`, or a model without what is needed.
 */
export async function fetchHubModel(name: string, options: FetchWeightsOptions = {}): Promise<string> {
  const hubName = parseHubName(name);
  const { repository } = hubName;
  // A mirror's models are kept apart: what it says of one is not what the hub says.
  const endpoint = hubEndpoint(options);
  const isHub = endpoint === 'https://huggingface.co';
  const place = isHub ? 'hub' : `hub-${createHash('sha256').update(endpoint).digest('hex').slice(0, 12)}`;
  const folder = join(cacheFolder(options), 'weights', place, repository.replace('/', '--'));
  const listing = await hubListing(hubName, folder, options);
  const destination = join(folder, listing.commit);
  for (const file of neededFiles(listing, repository)) {
    await downloadFile(
      {
        url: `${endpoint}/${repository}/resolve/${listing.commit}/${file.name}`,
        destination: join(destination, file.name),
        bytes: file.bytes,
        sha256: file.sha256,
        gitSha1: file.gitSha1,
        asksForTrust: true,
        alternatives: 'Or give the folder of a model that was fetched in another way.',
      },
      // Of a commit, a file that has its hash is what it was.
      { ...options, refetch: options.refetch && file.sha256 === undefined && file.gitSha1 === undefined },
    );
  }
  await listing.keep();
  return destination;
}

const DOCUMENTS: ReadonlySet<string> = new Set([
  'config.json',
  'preprocessor_config.json',
  'generation_config.json',
  'modules.json',
  'sentence_bert_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
]);

/** `1_Pooling/config.json` of sentence-transformers. */
const MODULE_CONFIG = /^\d_\w+\/config\.json$/;
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/** In one form of the weights: the one that holds nothing else first. */
function neededFiles({ files }: HubListing, repository: string): readonly HubFile[] {
  const find = (name: string): HubFile | undefined => files.find((file) => file.name === name);
  const shards = files.filter(({ name }) => SHARD.test(name));
  const index = find('model.safetensors.index.json');
  const one = find('model.safetensors');
  const pickle = find('pytorch_model.bin');
  const weights =
    one !== undefined
      ? [one]
      : index !== undefined
        ? [index, ...shards]
        : pickle === undefined
          ? []
          : [pickle];
  const documents = files.filter(({ name }) => DOCUMENTS.has(name) || MODULE_CONFIG.test(name));
  const hasConfig = documents.some(({ name }) => name === 'config.json');
  if (hasConfig && weights.length > 0) return [...documents, ...weights];
  const names = files.map(({ name }) => name);
  throw new GraftError('download', {
    where: `hub model "${repository}"`,
    expected: hasConfig ? '"model.safetensors" or "pytorch_model.bin"' : '"config.json" beside its weights',
    received: names.length === 0 ? 'no files' : quoteList(names),
    advice: 'Choose a model of timm, transformers or sentence-transformers.',
  });
}
