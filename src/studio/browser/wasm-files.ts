/** @file The files beside the page that computing needs: ONNX Runtime, packed, the kernels, and the network. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { WebRuntimeOptions } from '../../web/runtime.ts';

/** Where `graft studio --build` has put them, seen from a worker. */
export const SITE = {
  network: 'mobilenet_v2_openimages.safetensors',
  /** Loaded when texts are trained. */
  textNetwork: 'use_lite/',
  kernels: 'kernels/',
  /** The program that starts ONNX Runtime's threads. */
  ort: 'ort/',
  /** The page of exports, with ONNX Runtime for both. */
  page: 'page/',
  runtime: 'page/onnxruntime.wasm.gz',
} as const;

/** How gzip begins. Servers may unpack the file by themselves. */
const GZIP = [0x1f, 0x8b];

let unpacking: Promise<Uint8Array> | undefined;

/** What a runtime of this page needs. @throws {GraftError} `file-not-found`. */
export async function siteRuntime(): Promise<WebRuntimeOptions> {
  unpacking ??= fetchSite(SITE.runtime).then(unpack);
  unpacking.catch(() => {
    unpacking = undefined;
  });
  return {
    wasmBinary: await unpacking,
    wasmFolder: siteAddress(SITE.ort),
    kernelFolder: siteAddress(SITE.kernels),
  };
}

/** The whole address of a file beside the worker. */
export function siteAddress(path: string): string {
  return new URL(path, self.location.href).href;
}

/** @throws {GraftError} `file-not-found`. */
export async function fetchSite(path: string): Promise<Uint8Array> {
  const response = await fetch(siteAddress(path)).catch(() => undefined);
  if (response?.ok) return new Uint8Array(await response.arrayBuffer());
  throw new GraftError('file-not-found', {
    where: 'studio',
    expected: `the file ${path} beside the page`,
    received: response === undefined ? 'no response' : `status ${response.status}`,
    advice: 'Is the server still there? Serve all files that graft studio --build has written.',
  });
}

async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  if (!GZIP.every((byte, index) => packed[index] === byte)) return packed;
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const unpacked = stream.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
