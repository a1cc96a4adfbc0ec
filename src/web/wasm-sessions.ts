/** @file Sessions in a browser, by ONNX Runtime's WebAssembly build. Nothing else in a page imports onnxruntime-web by itself. */

import { GraftError } from '../core/errors/graft-error.ts';
import { LOG_SEVERITY, unshared, wrapOrtSession } from '../core/runtime/ort-session.ts';
import type { Session, SessionOptions } from '../core/runtime/session.ts';

type Library = typeof import('onnxruntime-web/wasm');

export interface WasmSettings {
  /** Where the files `ort-wasm-simd-threaded.*` of onnxruntime-web are, with a slash at its end. Default: beside the program. */
  readonly wasmFolder: string | undefined;
  /** The bytes of the library's `.wasm` file, where a page has fetched or unpacked it by itself. */
  readonly wasmBinary: Uint8Array | undefined;
  /** Of the library's pool, which all sessions share. */
  readonly threads: number;
}

/** A browser that promises threads and starts none is given up after so long. With one thread nothing is waited for. */
const START_MS = 30_000;

/** Firefox loses workers as they start, on a busy machine, and the library waits for them without end. */
export class NoThreadsError extends GraftError {
  constructor(threads: number, cause: unknown) {
    const parts = {
      where: 'ONNX Runtime',
      expected: `${threads} threads`,
      received: `a browser that had not started them after ${START_MS / 1000} s`,
      advice: 'Load the page again, or use one thread: createWebRuntime({ threads: 1 }).',
    };
    super('runtime', parts, { cause });
  }
}

/**
 * Makes a session of a model's bytes, see `Runtime.createSession`.
 *
 * @throws {NoThreadsError} If the library's threads do not start; it cannot be used in this page or worker then.
 */
export async function createWasmSession(
  settings: WasmSettings,
  model: Uint8Array,
  name: string,
  { threads, graphOptimization }: SessionOptions,
): Promise<Session> {
  const library = await wasmLibrary(settings);
  const making = wrapOrtSession(library, name, () =>
    library.InferenceSession.create(unshared(model), {
      executionProviders: ['wasm'],
      intraOpNumThreads: Math.min(threads ?? settings.threads, settings.threads),
      interOpNumThreads: 1,
      graphOptimizationLevel: graphOptimization ?? 'all',
      logSeverityLevel: LOG_SEVERITY,
    }),
  );
  return making.catch((error: unknown) => {
    throw isLateStart(error) ? new NoThreadsError(settings.threads, error) : error;
  });
}

/** The library says so in words alone. */
function isLateStart(error: unknown): boolean {
  return /initializing failed due to timeout/.test(String((error as Error).cause));
}

/** The library, loaded when it is first wanted. Its settings are of the page, and count from its first session on. */
export async function wasmLibrary({ wasmFolder, wasmBinary, threads }: WasmSettings): Promise<Library> {
  const library = await import('onnxruntime-web/wasm');
  const { wasm } = library.env;
  if (wasmFolder !== undefined) wasm.wasmPaths = wasmFolder;
  if (wasmBinary !== undefined) wasm.wasmBinary = unshared(wasmBinary);
  wasm.numThreads = threads;
  wasm.initTimeout = threads > 1 ? START_MS : 0;
  return library;
}
