/** @file The network that a page trains on: the default one beside the program, or a file that it names. */

import { GraftError } from '../core/errors/graft-error.ts';
import { isOnnxPath } from '../core/weights/onnx-file.ts';
import type { Backbone, BackboneOptions } from '../vision/backbone/backbone.ts';
import { backboneOfOnnx } from '../vision/backbone/backbone.ts';
import { decodeBackbone } from '../vision/backbone/backbone-file.ts';
import { isBlob } from './is-blob.ts';

/** Where a backbone's file is: its address, or the file itself. Of `graft export NAME --to backbone`, or any `.safetensors` or `.onnx`. */
export type BackboneSource = string | URL | Blob | Uint8Array;

/** Written out, because bundlers look for this very expression. */
const DEFAULT_BACKBONE = new URL('./mobilenet_v2_openimages.safetensors', import.meta.url);

/**
 * Loads a backbone for pages.
 *
 * @param source - Default: the default backbone up to its cut, 2.9 MB, which lies beside the program.
 * @throws {GraftError} `file-not-found`, if there is nothing at the address; and what `decodeBackbone` and `backboneOfOnnx` throw.
 */
export async function openBackbone(
  source: BackboneSource = DEFAULT_BACKBONE,
  options: BackboneOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Backbone> {
  const { signal, ...asked } = options;
  const { name, bytes } = await contentOf(source, signal);
  if (isOnnxPath(name)) return backboneOfOnnx({ name, bytes }, asked);
  return decodeBackbone(bytes, name, asked);
}

/**
 * The bytes of a file that a page names or has.
 *
 * @param what - What messages call it: `backbone`.
 * @throws {GraftError} `file-not-found`, if there is nothing at the address.
 */
export async function fetchFile(
  address: string | URL,
  what: string,
  advice: string,
  signal?: AbortSignal | undefined,
): Promise<Uint8Array> {
  const complain = (received: string, cause?: unknown): GraftError =>
    new GraftError(
      'file-not-found',
      { where: what, expected: `a file at ${address}`, received, advice },
      { cause },
    );
  const response = await fetch(address, { signal: signal ?? null }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw complain('no response', cause);
  });
  if (!response.ok) throw complain(`status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function contentOf(
  source: BackboneSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  if (source instanceof Uint8Array) return { name: 'backbone', bytes: source };
  if (isBlob(source)) {
    const { name = 'backbone' } = source as Blob & { readonly name?: string };
    return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
  }
  const { pathname } = new URL(source, 'http://page.invalid/');
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  const advice = 'Serve the file, and give its address as the option backbone.';
  return { name, bytes: await fetchFile(source, 'backbone', advice, signal) };
}
