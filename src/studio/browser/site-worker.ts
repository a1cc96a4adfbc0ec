/** @file What computing in a worker of the site needs: its program, ONNX Runtime, the kernels, and the network. */

import type { BrowserWorker } from '../../web/browser.ts';
import type { WebRuntimeOptions } from '../../web/runtime.ts';
import { SITE, siteAddress, siteRuntime } from './wasm-files.ts';

export interface SiteWork extends WebRuntimeOptions {
  readonly backbone: string;
  readonly worker: () => BrowserWorker;
}

/** Options of `train`, `check` and `nearestImages`. @throws {GraftError} `file-not-found`. */
export async function siteWork(): Promise<SiteWork> {
  return {
    backbone: siteAddress(SITE.network),
    ...(await siteRuntime()),
    worker: () =>
      new Worker(siteAddress('training-worker.js'), { type: 'module' }) as unknown as BrowserWorker,
  };
}
