/** @file What the speed of a session depends on, beside its graph. */

// First: the library looks at it when it is loaded.
import './no-telemetry.ts';
import { availableParallelism, cpus } from 'node:os';
import { env } from 'onnxruntime-node';

/** The same on the same machine, with the same threads and version of ONNX Runtime. */
export function machineIdentity(threads: number = availableParallelism()): Readonly<Record<string, unknown>> {
  return { processor: cpus()[0]?.model, threads, onnxruntime: env.versions.node };
}
