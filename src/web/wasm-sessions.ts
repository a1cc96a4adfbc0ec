/** @file Sessions in a browser, by ONNX Runtime's WebAssembly build. The only importer of onnxruntime-web. */

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

/** Makes a session of a model's bytes, see `Runtime.createSession`. */
export async function createWasmSession(
  settings: WasmSettings,
  model: Uint8Array,
  name: string,
  { threads, graphOptimization }: SessionOptions,
): Promise<Session> {
  const library = await wasmLibrary(settings);
  return wrapOrtSession(library, name, () =>
    library.InferenceSession.create(unshared(model), {
      executionProviders: ['wasm'],
      intraOpNumThreads: Math.min(threads ?? settings.threads, settings.threads),
      interOpNumThreads: 1,
      graphOptimizationLevel: graphOptimization ?? 'all',
      logSeverityLevel: LOG_SEVERITY,
    }),
  );
}

/** The library, loaded when it is first wanted. Its settings are of the page, and count from its first session on. */
export async function wasmLibrary({ wasmFolder, wasmBinary, threads }: WasmSettings): Promise<Library> {
  const library = await import('onnxruntime-web/wasm');
  const { wasm } = library.env;
  if (wasmFolder !== undefined) wasm.wasmPaths = wasmFolder;
  if (wasmBinary !== undefined) wasm.wasmBinary = unshared(wasmBinary);
  wasm.numThreads = threads;
  return library;
}
