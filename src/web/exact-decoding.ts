/** @file Whether this page or worker decodes files as the command line does, to the bit. */

import type { Vips } from './vips.ts';
import { VipsDecoder } from './vips-decoder.ts';

let loading: (() => Promise<Vips>) | undefined;
let decoder: Promise<VipsDecoder> | undefined;

/**
 * From now on this page or worker decodes image files by libvips, as `graft` does in Node: the same pixels, so that a model that is
 * trained on files here is that of Node with onnxruntime-web, to the byte. Call it in the program of each worker too. Default: the
 * browser decodes, a little differently for photographs.
 *
 * @param vips - `() => Vips()` with the default export of wasm-vips. Asked for at the first image; the page has to be cross-origin isolated.
 */
export function decodeWith(vips: () => Promise<Vips>): void {
  loading = vips;
  decoder = undefined;
}

/** Whether {@link decodeWith} was called: what was computed of the browser's pixels is of no use then. */
export function decodesExactly(): boolean {
  return loading !== undefined;
}

/** Undefined where the browser decodes. */
export async function exactDecoder(): Promise<VipsDecoder | undefined> {
  if (loading === undefined) return undefined;
  decoder ??= loading().then((vips) => new VipsDecoder(vips));
  return decoder;
}
