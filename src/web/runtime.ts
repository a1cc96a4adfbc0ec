/** @file The browser as a machine: ONNX Runtime's WebAssembly build, workers where pages may share memory, one thread elsewhere. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { KernelName, Runtime } from '../core/runtime/runtime.ts';
import { type WasmModule, webAssembly } from '../core/runtime/webassembly.ts';
import { browser } from './browser.ts';
import { startHelpers } from './helper-workers.ts';
import { webSha256 } from './sha256.ts';
import { createWasmSession, wasmLibrary } from './wasm-sessions.ts';

export interface WebRuntimeOptions {
  /**
   * Where the files `ort-wasm-simd-threaded.*` of onnxruntime-web are, with a slash at its end: `/assets/ort/`. Default:
   * beside the program, as bundlers put them there.
   */
  readonly wasmFolder?: string | undefined;
  /** Where the files of the package's folder `dist/kernels/build` are, with a slash at its end. Default: where the package has them. */
  readonly kernelFolder?: string | undefined;
  /** Threads that are used, >= 1. Default: as many as the machine has; 1 where pages may not share memory. */
  readonly threads?: number | undefined;
}

/** Written out, because bundlers look for these very expressions. */
const KERNELS: Readonly<Record<KernelName, URL>> = {
  'dense-step': new URL('../kernels/build/dense-step.wasm', import.meta.url),
  'dense-step-unshared': new URL('../kernels/build/dense-step-unshared.wasm', import.meta.url),
  warp: new URL('../kernels/build/warp.wasm', import.meta.url),
};

/** Where a browser does not tell how much memory there is. */
const USUAL_BYTES = 4 * 2 ** 30;

/** A runtime for this page or worker. */
export function createWebRuntime(options: WebRuntimeOptions = {}): Runtime {
  const { wasmFolder, kernelFolder } = options;
  const fractionsMemory = browser.crossOriginIsolated === true && typeof SharedArrayBuffer !== 'undefined';
  const max = fractionsMemory ? (browser.navigator?.hardwareConcurrency ?? 1) : 1;
  const threads = Math.max(1, Math.min(options.threads ?? max, max));
  const settings = { wasmFolder, threads };
  const compiled = new Map<KernelName, Promise<WasmModule>>();
  return {
    threads,
    fractionsMemory,
    mayBlock: browser.WorkerGlobalScope !== undefined,
    createSession: (model, name, session) => createWasmSession(settings, model, name, session),
    loadKernel(name) {
      const address = kernelFolder === undefined ? KERNELS[name].href : `${kernelFolder}${name}.wasm`;
      const loading = compiled.get(name) ?? fetchKernel(name, address);
      compiled.set(name, loading);
      loading.catch(() => compiled.delete(name));
      return loading;
    },
    startHelpers,
    sha256: webSha256,
    nextTurn,
    freeBytes: memoryBytes,
    totalBytes: memoryBytes,
    usedBytes: () => ({ present: 0, largest: 0 }),
    async identity(count = threads) {
      const { env } = await wasmLibrary(settings);
      return { processor: browser.navigator?.userAgent, threads: count, onnxruntime: env.versions.web };
    },
  };
}

/** The default: files where the package has them. */
export const runtime: Runtime = createWebRuntime();

async function fetchKernel(name: KernelName, address: string): Promise<WasmModule> {
  const answer = await fetch(address).catch((cause: unknown) => {
    throw kernelMissing(name, address, 'no answer', cause);
  });
  if (!answer.ok) throw kernelMissing(name, address, `status ${answer.status}`);
  return webAssembly.compile(new Uint8Array(await answer.arrayBuffer()));
}

function kernelMissing(name: string, address: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'file-not-found',
    {
      where: `kernel "${name}"`,
      expected: `a compiled kernel at ${address}`,
      received,
      advice: 'Serve the files of the folder dist/kernels/build, and pass { kernelFolder }.',
    },
    { cause },
  );
}

/** A message to oneself: timers wait for 4 ms in a browser. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new browser.MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

function memoryBytes(): number {
  const { deviceMemory } = browser.navigator ?? {};
  return deviceMemory === undefined ? USUAL_BYTES : deviceMemory * 2 ** 30;
}
