/** @file Sessions on a graphics card, by ONNX Runtime's WebGPU build, which the page imports: it is 27 MB that few pages want. */

import { GraftError } from '../core/errors/graft-error.ts';
import { LOG_SEVERITY, unshared, wrapOrtSession } from '../core/runtime/ort-session.ts';
import type { Session } from '../core/runtime/session.ts';
import { browser } from './browser.ts';
import type { ProcessorChoice } from './faster-session.ts';

type Library = typeof import('onnxruntime-web/webgpu');

/** How a page lets a graphics card answer. */
export interface WebgpuOptions {
  /** `() => import('onnxruntime-web/webgpu')`: written in the page's program, so that only its bundle has the library. */
  readonly load: () => Promise<Library>;
  /** Hears which processor a model's answers come from, and why: some runs after the first one, and when a graphics card is lost. */
  readonly onChoice?: ((choice: ProcessorChoice) => void) | undefined;
}

export interface WebgpuSettings extends WebgpuOptions {
  /** Where `ort-wasm-simd-threaded.asyncify.*` are, with a slash at its end. Default: beside the program. */
  readonly wasmFolder: string | undefined;
}

/** @throws {GraftError} `runtime`, without a graphics card, or if the library refuses the model. */
export async function createWebgpuSession(
  { load, wasmFolder }: WebgpuSettings,
  model: Uint8Array,
  name: string,
): Promise<Session> {
  if (((await browser.navigator?.gpu?.requestAdapter()) ?? null) === null) throw noCard();
  const library = await load();
  const { wasm } = library.env;
  if (wasmFolder !== undefined) wasm.wasmPaths = wasmFolder;
  // What is left to the processor are a few small nodes.
  wasm.numThreads = 1;
  return wrapOrtSession(library, name, () =>
    library.InferenceSession.create(unshared(model), {
      executionProviders: ['webgpu'],
      logSeverityLevel: LOG_SEVERITY,
    }),
  );
}

function noCard(): GraftError {
  return new GraftError('runtime', {
    where: 'WebGPU',
    expected: 'a graphics card that the browser lets pages use',
    received: 'none',
    advice: 'WebAssembly answers.',
  });
}
