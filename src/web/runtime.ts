/** @file The browser as a machine: ONNX Runtime's WebAssembly build, workers where pages may share memory, one thread elsewhere. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { KernelName, Runtime } from '../core/runtime/runtime.ts';
import { type WasmModule, webAssembly } from '../core/runtime/webassembly.ts';
import { browser } from './browser.ts';
import { FasterSession } from './faster-session.ts';
import { startHelpers } from './helper-workers.ts';
import { inPairs } from './in-pairs.ts';
import { webSha256 } from './sha256.ts';
import { createWasmSession, wasmLibrary } from './wasm-sessions.ts';
import { createWebgpuSession, type WebgpuOptions } from './webgpu-sessions.ts';

export interface WebRuntimeOptions {
  /**
   * Where the files `ort-wasm-simd-threaded.*` of onnxruntime-web are, with a slash at its end: `/assets/ort/`. Default:
   * beside the program, as bundlers put them there.
   */
  readonly wasmFolder?: string | undefined;
  /** The content of `ort-wasm-simd-threaded.wasm`, where a page has fetched or unpacked it by itself. Default: it is fetched. */
  readonly wasmBinary?: Uint8Array | undefined;
  /** Where the files of the package's folder `dist/core/kernels/build` are, with a slash at its end. Default: where the package has them. */
  readonly kernelFolder?: string | undefined;
  /** Threads that are used, >= 1. Default: as many as the machine has; 1 where pages may not share memory. */
  readonly threads?: number | undefined;
  /** Lets a graphics card answer for models in use, where it is faster and equal. Default: WebAssembly answers. */
  readonly webgpu?: WebgpuOptions | undefined;
}

/** Written out, because bundlers look for these very expressions. */
const KERNELS: Readonly<Record<KernelName, URL>> = {
  'dense-step': new URL('../core/kernels/build/dense-step.wasm', import.meta.url),
  'dense-step-unshared': new URL('../core/kernels/build/dense-step-unshared.wasm', import.meta.url),
  warp: new URL('../core/kernels/build/warp.wasm', import.meta.url),
};

/** Where a browser does not tell how much memory there is. */
const USUAL_BYTES = 4 * 2 ** 30;

/** A runtime for this page or worker. */
export function createWebRuntime(options: WebRuntimeOptions = {}): Runtime {
  const { wasmFolder, wasmBinary, kernelFolder, webgpu } = options;
  const sharesMemory = browser.crossOriginIsolated === true && typeof SharedArrayBuffer !== 'undefined';
  const max = sharesMemory ? (browser.navigator?.hardwareConcurrency ?? 1) : 1;
  const threads = Math.max(1, Math.min(options.threads ?? max, max));
  const settings = { wasmFolder, wasmBinary, threads };
  const compiled = new Map<KernelName, Promise<WasmModule>>();
  return {
    threads,
    sharesMemory,
    mayBlock: browser.WorkerGlobalScope !== undefined,
    async createSession(model, name, session) {
      const own = await createWasmSession(settings, model, name, session);
      if (session.sideBySide === true) return inPairs(own);
      if (webgpu === undefined || session.mayApproximate !== true) return own;
      return new FasterSession(own, {
        openOther: () => createWebgpuSession({ ...webgpu, wasmFolder }, model, name),
        onChoice: webgpu.onChoice,
      });
    },
    loadKernel(name) {
      const address = kernelFolder === undefined ? KERNELS[name].href : `${kernelFolder}${name}.wasm`;
      const loading = compiled.get(name) ?? fetchKernel(name, address);
      compiled.set(name, loading);
      loading.catch(() => compiled.delete(name));
      return loading;
    },
    startHelpers,
    sha256: webSha256,
    matchNames,
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
  const response = await fetch(address).catch((cause: unknown) => {
    throw kernelMissing(name, address, 'no response', cause);
  });
  if (!response.ok) throw kernelMissing(name, address, `status ${response.status}`);
  return webAssembly.compile(new Uint8Array(await response.arrayBuffer()));
}

function kernelMissing(name: string, address: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'file-not-found',
    {
      where: `kernel "${name}"`,
      expected: `a compiled kernel at ${address}`,
      received,
      advice: 'Serve the files of the folder dist/core/kernels/build, and pass { kernelFolder }.',
    },
    { cause },
  );
}

/** Without a limit: a browser lets its user end a page that hangs, and nothing ends an expression. */
function matchNames(pattern: RegExp, names: readonly string[]): (string | undefined)[] {
  const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return names.map((name) => {
    const match = once.exec(name);
    return match?.[1] ?? match?.[0];
  });
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
