/** @file TensorFlow.js with its WebAssembly backend, from the folder that bench/peers.ts made. */

import { createRequire } from 'node:module';
import { join } from 'node:path';

export type Tfjs = typeof import('@tensorflow/tfjs-core');
export type TfjsLayers = typeof import('@tensorflow/tfjs-layers');

/**
 * SIMD is on where the processor has it. Threads are not: TensorFlow.js turns them off in Node, where its threaded build
 * fails to start.
 *
 * @param folder - Of bench/peers.ts.
 */
export async function startTfjs(folder: string): Promise<{ tf: Tfjs; layers: TfjsLayers; variant: string }> {
  const require = createRequire(join(folder, 'package.json'));
  const tf = require('@tensorflow/tfjs-core') as Tfjs;
  const layers = require('@tensorflow/tfjs-layers') as TfjsLayers;
  require('@tensorflow/tfjs-backend-cpu');
  require('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  await tf.ready();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return { tf, layers, variant: simd ? 'WASM with SIMD, 1 thread' : 'WASM, 1 thread' };
}
