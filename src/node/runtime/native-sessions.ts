/** @file Sessions in Node, by ONNX Runtime's native library on the CPU. The only importer of onnxruntime-node. */

import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { LOG_SEVERITY, unshared, wrapOrtSession } from '../../core/runtime/ort-session.ts';
import type { ModelOptions, Session } from '../../core/runtime/session.ts';
import { freeBuffer } from './free-memory.ts';

/**
 * How long a thread that has nothing to do looks for work before it sleeps. Waking it takes longer than a small operator: an image
 * through InceptionV3 takes 8.2 ms instead of 10.5. Longer spinning gains nothing more, and slows down when cores are wanted by others.
 */
const SPIN_MICROSECONDS = 20;

/** Makes a session of a model's bytes, see `Runtime.createSession`. */
export async function createNativeSession(
  model: Uint8Array,
  name: string,
  options: ModelOptions,
): Promise<Session> {
  const library = await nativeLibrary();
  const session = await wrapOrtSession(library, name, () =>
    library.InferenceSession.create(unshared(model), createSettings(options)),
  );
  // The library has its own copy, and a network's numbers take as much as all else.
  if (options.mayTakeModel === true) freeBuffer(model);
  return session;
}

/** What ONNX Runtime is told of a session: also for one that is profiled. */
export function createSettings({
  threads,
  graphOptimization,
  filesFolder,
  sparesMemory = false,
}: ModelOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads ?? availableParallelism(),
    interOpNumThreads: 1,
    // Planning memory anew for every shape of the inputs takes InceptionV3 60 to 100 MB more. Without, its features and
    // training steps are 4 to 8% faster, MobileNetV2's features up to 5% slower at their fastest batch.
    enableMemPattern: false,
    graphOptimizationLevel: graphOptimization ?? 'all',
    logSeverityLevel: LOG_SEVERITY,
    extra: extraSettings(filesFolder, sparesMemory),
  };
}

function extraSettings(filesFolder: string | undefined, sparesMemory: boolean): Record<string, unknown> {
  const spinning = { intra_op: { allow_spinning: '1', spin_duration_us: `${SPIN_MICROSECONDS}` } };
  if (filesFolder === undefined) return { session: spinning };
  const mapped = { ...spinning, model_external_initializers_file_folder_path: filesFolder };
  return {
    // Packed, weights are copied out of the file.
    session: sparesMemory ? { ...mapped, disable_prepacking: '1' } : mapped,
    // Folded, they would be, too: those that lie by columns are transposed. The passes have folded what is small.
    optimization: { disable_specified_optimizers: 'ConstantFolding' },
  };
}

/** The library, loaded when it is first wanted: a command that computes nothing starts without it. */
export function nativeLibrary(): Promise<typeof import('onnxruntime-node')> {
  // It would write usage files into the temporary folder, and may send them. It looks at this when it is loaded.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return import('onnxruntime-node');
}
