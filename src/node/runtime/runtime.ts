/** @file Node as a machine: ONNX Runtime's native library, worker threads, and what the operating system tells. */

import { availableParallelism, cpus } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Runtime } from '../../core/runtime/runtime.ts';
import { collectGarbage } from './free-memory.ts';
import { startHelpers } from './helper-threads.ts';
import { loadKernel } from './kernel-files.ts';
import { freeMemory, machineMemory, usedMemory } from './machine-memory.ts';
import { matchNames } from './match-names.ts';
import { createNativeSession, nativeLibrary } from './native-sessions.ts';
import { renderTemplate } from './render-template.ts';
import { nodeSha256 } from './sha256.ts';
import { storeNumbers } from './temporary-numbers.ts';

export const runtime: Runtime = {
  get threads() {
    return availableParallelism();
  },
  sharesMemory: true,
  mayBlock: true,
  readsFiles: true,
  createSession: createNativeSession,
  loadKernel: (name) => loadKernel(name),
  startHelpers,
  sha256: nodeSha256,
  matchNames,
  renderTemplate,
  nextTurn: () => setImmediate(),
  collectGarbage,
  storeNumbers,
  freeBytes: freeMemory,
  totalBytes: machineMemory,
  usedBytes: usedMemory,
  async identity(threads = availableParallelism()) {
    const { env } = await nativeLibrary();
    return { processor: cpus()[0]?.model, threads, onnxruntime: env.versions.node };
  },
};
